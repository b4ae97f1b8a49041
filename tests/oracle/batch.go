package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
	"time"
)

// batchCase is a scenario with its policies, both as JSON.
type batchCase struct {
	Scenario scenario          `json:"scenario"`
	Policies []json.RawMessage `json:"policies"`
	// return only the number of allowed flows and the time
	Summary bool `json:"summary"`
}

// batchAnswer is the answer to one case, on one line. Error is set if the whole case failed
// (a contradictory scenario, or a panic of the engine).
type batchAnswer struct {
	Refused []refusal `json:"refused"`
	Results []result  `json:"results"`
	Flows   int       `json:"flows,omitempty"`
	Allowed int       `json:"allowed,omitempty"`
	Millis  float64   `json:"millis,omitempty"`
	CPU     float64   `json:"cpu,omitempty"` // milliseconds of all threads
	Error   string    `json:"error,omitempty"`
}

// runBatch answers line by line, so that a caller can ask, read the answer and
// ask again.
func runBatch(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	enc := json.NewEncoder(out)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 1 {
			if err := enc.Encode(answer(line)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answer(line []byte) (a batchAnswer) {
	defer func() {
		if r := recover(); r != nil {
			a = batchAnswer{Error: fmt.Sprint("panic: ", r)}
		}
	}()
	var c batchCase
	if err := json.Unmarshal(line, &c); err != nil {
		return batchAnswer{Error: err.Error()}
	}
	start, cpu := time.Now(), cpuMillis()
	clusterName, err := configure(&c.Scenario)
	if err != nil {
		return batchAnswer{Error: err.Error()}
	}
	var policies []*loaded
	for _, doc := range c.Policies {
		p, refused := load(quiet, doc, clusterName, c.Scenario.Services)
		if refused != nil {
			a.Refused = append(a.Refused, *refused)
		} else if p != nil {
			policies = append(policies, p)
		}
	}
	err = evaluate(&c.Scenario, policies, func(r result) error {
		a.Flows++
		if r.Allowed {
			a.Allowed++
		}
		if !c.Summary {
			a.Results = append(a.Results, r)
		}
		return nil
	})
	if err != nil {
		a.Error = err.Error()
	}
	a.Millis = float64(time.Since(start).Microseconds()) / 1000
	a.CPU = cpuMillis() - cpu
	return a
}

func cpuMillis() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e6
}
