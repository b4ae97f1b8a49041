package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

type Case struct {
	Template string         `json:"template"`
	Data     any            `json:"data,omitempty"`
	Missing  string         `json:"missing,omitempty"`
	Text     *string        `json:"text,omitempty"`
	Error    string         `json:"error,omitempty"`
}

func sanitize(name string) string {
	name = regexp.MustCompile("[^-a-z0-9.]").ReplaceAllString(strings.ToLower(name), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

func slugify(args ...any) string {
	max, smart, name := 50, true, ""
	for i, a := range args {
		switch i {
		case len(args) - 1:
			name = a.(string)
		case 0:
			max = a.(int)
		case 1:
			smart = a.(bool)
		}
	}
	slug.EnableSmartTruncate = smart
	slug.MaxLength = max
	return slug.Make(sanitize(name))
}

func main() {
	funcs := sprig.GenericFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	delete(funcs, "getHostByName")
	funcs["normalize"] = sanitize
	funcs["slugify"] = slugify
	funcs["toYaml"] = func(v any) (string, error) {
		data, err := yaml.Marshal(v)
		return strings.TrimSuffix(string(data), "\n"), err
	}
	funcs["fromYaml"] = func(s string) (map[string]any, error) {
		m := map[string]any{}
		return m, yaml.Unmarshal([]byte(s), &m)
	}
	funcs["fromYamlArray"] = func(s string) ([]any, error) {
		a := []any{}
		return a, yaml.Unmarshal([]byte(s), &a)
	}
	var file struct {
		Data  any    `json:"data"`
		Cases []Case `json:"cases"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&file); err != nil {
		panic(err)
	}
	raw, _ := json.Marshal(file.Data)
	for i := range file.Cases {
		c := &file.Cases[i]
		func() {
			defer func() {
				if r := recover(); r != nil {
					c.Error = "panic"
				}
			}()
			var data any
			json.Unmarshal(raw, &data)
			if m, ok := data.(map[string]any); ok {
				labels := map[string]string{}
				for k, v := range m["labels"].(map[string]any) {
					labels[k] = v.(string)
				}
				m["labels"] = labels
			}
			t := template.New("base").Funcs(funcs)
			if c.Missing != "" {
				t = t.Option("missingkey=" + c.Missing)
			}
			t, err := t.Parse(c.Template)
			if err != nil {
				c.Error = "parse: " + err.Error()
				return
			}
			var out bytes.Buffer
			if err := t.Execute(&out, data); err != nil {
				c.Error = err.Error()
				return
			}
			s := out.String()
			c.Text = &s
		}()
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	enc.Encode(file)
}
