package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"text/tabwriter"

	"github.com/whatspie-go/whatspie"
)

// startUp prints the cost of a new client.
func startUp(out *tabwriter.Writer) {
	const clients = 1000
	newClient := func() error { return second(whatspie.NewClient(token)) }
	check(newClient())
	goroutines := runtime.NumGoroutine()
	count, _ := allocated(newClient, clients)
	took := timed(newClient, clients, cpuTime) / clients
	section(out, "NewClient\ttime\tallocations\tgoroutines")
	linef(out, "\t%v\t%.0f\t%d", took, count, runtime.NumGoroutine()-goroutines)
	check(out.Flush())
}

// binaries prints the size of a program without the SDK, and with it.
func binaries(out *tabwriter.Writer) {
	folder := must(os.MkdirTemp("", "whatspie-bench-"))
	defer func() { check(os.RemoveAll(folder)) }()
	programs := []string{"without", "importing", "calling"}
	sizes := make([]int64, len(programs))
	for i, program := range programs {
		file := filepath.Join(folder, program)
		build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file,
			"./program/"+program)
		build.Stderr = os.Stderr
		check(build.Run())
		sizes[i] = must(os.Stat(file)).Size()
	}
	section(out, "binary\tbytes\tratio")
	linef(out, "net/http, encoding/json and go-retryablehttp\t%d\t", sizes[0])
	linef(out, "the same, and imports the SDK\t%d\t%.3f", sizes[1], float64(sizes[1])/float64(sizes[0]))
	linef(out, "the same, and calls Create, List, Get and QR\t%d\t%.3f", sizes[2], float64(sizes[2])/float64(sizes[0]))
	check(out.Flush())
}
