// Prints what kubectl reads from a file before it contacts a cluster: the stream, list and item handling of k8s.io/cli-runtime (pkg/resource/visitor.go,
// StreamVisitor and FlattenListVisitor), with the decoders of k8s.io/apimachinery, which it calls in the same way. Each line of standard input is a JSON
// string, the text of a file; each line of standard output is what is in it: {"objects": [...], "error"?: "..."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type answer struct {
	Objects []any  `json:"objects"`
	Error   string `json:"error,omitempty"`
}

func read(text string) (found answer) {
	found.Objects = []any{}
	// FileVisitor decodes according to the byte order mark and drops it.
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")), 4096)
	for {
		ext := runtime.RawExtension{}
		if err := decoder.Decode(&ext); err != nil {
			if err != io.EOF {
				found.Error = err.Error()
			}
			return found
		}
		ext.Raw = bytes.TrimSpace(ext.Raw)
		if len(ext.Raw) == 0 || bytes.Equal(ext.Raw, []byte("null")) {
			continue
		}
		object, _, err := unstructured.UnstructuredJSONScheme.Decode(ext.Raw, nil, nil)
		if err == nil {
			err = flatten(object, &found)
		}
		if err != nil {
			// kubectl continues after an object that it cannot decode, and fails at the end.
			found.Error = err.Error()
		}
	}
}

func flatten(object runtime.Object, found *answer) error {
	waiting := []runtime.Object{object}
	for i := 0; i < len(waiting); i++ {
		current := waiting[i]
		if !meta.IsListType(current) {
			found.Objects = append(found.Objects, current.(*unstructured.Unstructured).Object)
			continue
		}
		items, err := meta.ExtractList(current)
		if err != nil {
			return err
		}
		for index, item := range items {
			if unknown, ok := item.(*runtime.Unknown); ok {
				decoded, err := runtime.Decode(unstructured.UnstructuredJSONScheme, unknown.Raw)
				if err != nil {
					return err
				}
				items[index] = decoded
			}
		}
		waiting = append(waiting, items...)
	}
	return nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		if err := out.Encode(read(text)); err != nil {
			panic(err)
		}
	}
}
