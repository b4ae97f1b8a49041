// cnporacle prints the verdict that Cilium v1.20.2's own policy engine gives
// for every flow in a scenario. It needs no cluster, no kernel, no root.
//
//	cnporacle -scenario scenario.yaml policy1.yaml policy2.yaml ...
//	cnporacle -batch < cases.jsonl
//
// Output: one JSON object per flow on stdout. Policies that Cilium would refuse
// are printed on stderr as {"invalid":...} and, as in the agent, are ignored.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	sigsyaml "sigs.k8s.io/yaml"
)

func main() {
	scFile := flag.String("scenario", "", "scenario YAML")
	batch := flag.Bool("batch", false, "answer many cases, one JSON object a line on stdin")
	flag.Parse()
	var err error
	if *batch {
		err = runBatch(os.Stdin, os.Stdout)
	} else {
		err = run(*scFile, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cnporacle:", err)
		os.Exit(1)
	}
}

func run(scFile string, policyFiles []string) error {
	sc := scenario{Simulate: true}
	raw, err := os.ReadFile(scFile)
	if err != nil {
		return err
	}
	if err := sigsyaml.UnmarshalStrict(raw, &sc); err != nil {
		return err
	}
	clusterName, err := configure(&sc)
	if err != nil {
		return err
	}
	var policies []*loaded
	refusals := json.NewEncoder(os.Stderr)
	for _, f := range policyFiles {
		raw, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		docs, err := documents(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		for _, doc := range docs {
			p, refused := load(quiet, doc, clusterName, sc.Services)
			if refused != nil {
				refused.File = f
				if err := refusals.Encode(refused); err != nil {
					return err
				}
			} else if p != nil {
				policies = append(policies, p)
			}
		}
	}
	out := json.NewEncoder(os.Stdout)
	return evaluate(&sc, policies, func(r result) error { return out.Encode(r) })
}
