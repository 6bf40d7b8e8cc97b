package main

import (
	"bytes"
	"context"
	"net/http"
	"runtime/pprof"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/pprof/profile"
)

// profiledTime is how long the profiled calls run.
const profiledTime = 5 * time.Second

// parts are the parts of a call. A sample belongs to the first part that one of its functions matches.
var parts = []struct {
	name      string
	functions []string
}{
	{"reads the JSON", []string{"/internal/wire."}},
	{"trace of what was sent", []string{".newTrace", "sendTrace", "net/http/httptrace", "http.(*Request).WithContext"}},
	{"deadline and token of the attempt", []string{".startAttempt", "(*attempt).end"}},
	{"headers", []string{"transport.(*call).header"}},
	{"checks of options, path and body", []string{"whatspie.prepare", "applyCallOptions", "mayHoldQRCode", "deviceRoute"}},
	{"request, http.Client and body, as in a call by hand", []string{"net/http.", "net/url.", "readBody", "go-retryablehttp.FromRequest"}},
	{"the rest of the SDK and of go-retryablehttp", []string{"whatspie", "go-retryablehttp"}},
}

// profileGet prints how the CPU time of Get in memory is distributed.
func profileGet(out *tabwriter.Writer) {
	e := endpoints{context.Background(), "http://127.0.0.1", &http.Client{Transport: memory(responses())}}
	get := e.devices("get")
	var recorded bytes.Buffer
	check(pprof.StartCPUProfile(&recorded))
	for start := time.Now(); time.Since(start) < profiledTime; {
		check(second(get.Get(e.ctx, 5)))
	}
	pprof.StopCPUProfile()
	samples := must(profile.Parse(&recorded)).Sample
	const collector = "garbage collector and scheduler"
	times := map[string]int64{}
	var total, allocation int64
	for _, sample := range samples {
		functions, nanoseconds := functionsOf(sample), sample.Value[1]
		total += nanoseconds
		times[partOf(functions, collector)] += nanoseconds
		if strings.Contains(functions, "runtime.mallocgc") {
			allocation += nanoseconds
		}
	}
	section(out, "CPU profile of Get\tshare")
	for _, part := range parts {
		linef(out, "%s\t%.0f %%", part.name, percent(times[part.name], total))
	}
	linef(out, "%s\t%.0f %%", collector, percent(times[collector], total))
	linef(out, "allocation, in all of these\t%.0f %%", percent(allocation, total))
	check(out.Flush())
}

// functionsOf returns the names of the functions on the stack, one per line.
func functionsOf(sample *profile.Sample) string {
	var names strings.Builder
	for _, location := range sample.Location {
		for _, line := range location.Line {
			names.WriteString(line.Function.Name + "\n")
		}
	}
	return names.String()
}

func partOf(functions, otherwise string) string {
	for _, part := range parts {
		for _, function := range part.functions {
			if strings.Contains(functions, function) {
				return part.name
			}
		}
	}
	return otherwise
}

func percent(part, total int64) float64 { return 100 * float64(part) / float64(total) }
