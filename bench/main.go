package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"text/tabwriter"
	"time"
)

func main() {
	only := flag.String("only", "", "measure only the rows in memory whose names match this expression")
	short := flag.Bool("short", false, "measure fewer pairs")
	isServer := flag.Bool("serve", false, "be the server of the loopback rows")
	flag.Parse()
	if *isServer {
		check(serve())
		return
	}
	pairs, crowds := 101, 31
	if *short {
		pairs, crowds = 15, 5
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	if *only != "" {
		inMemory(out, pairs, regexp.MustCompile(*only))
		return
	}
	inMemory(out, pairs, regexp.MustCompile(""))
	loopback(out, pairs)
	concurrency(out, crowds)
	held(out)
	startUp(out)
	binaries(out)
}

// section begins a table.
func section(out io.Writer, columns string) { linef(out, "\n"+columns) }

func linef(out io.Writer, format string, values ...any) {
	must(fmt.Fprintf(out, format+"\t\n", values...))
}

const columns = "\tbaseline\ttime\tquartiles\tallocations\tadded\tbytes\tratio"

// inMemory prints a row for each call whose name matches, with a response that is there already.
func inMemory(out *tabwriter.Writer, pairs int, names *regexp.Regexp) {
	cpus := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cpus)
	section(out, "in memory, CPU time"+columns)
	for _, r := range rows("http://127.0.0.1", memory(answers())) {
		if names.MatchString(r.name) {
			r.print(out, pairs, cpuTime)
		}
	}
	check(out.Flush())
}

var overLoopback = regexp.MustCompile(`^(Get|QR|Create|404|List of 1|List of 1,000|All of 1,000)$`)

// loopback prints some of the rows again, with the server in another process.
func loopback(out *tabwriter.Writer, pairs int) {
	base, stop := startServer()
	defer stop()
	section(out, "over loopback, elapsed time"+columns)
	for _, r := range rows(base, &http.Transport{MaxIdleConnsPerHost: 1}) {
		if overLoopback.MatchString(r.name) {
			r.print(out, pairs, wallTime)
		}
	}
	check(out.Flush())
}

func (r row) print(out io.Writer, pairs int, now clock) {
	const fewest, patience = 5, 2000 // milliseconds for all pairs of a long row
	if r.heavy > 0 {
		pairs = min(pairs, max(fewest, patience/r.heavy))
	}
	f := measure(r, pairs, now)
	low, high := f.times.quartiles()
	linef(out, "%s\t%v\t%.2f\t%.2f-%.2f\t%.0f\t%+.0f\t%.0f\t%.2f", r.name, f.base.Round(10*time.Nanosecond), f.times.median(),
		low, high, f.baseAllocs, f.sdkAllocs-f.baseAllocs, f.baseBytes, f.sdkBytes/f.baseBytes)
}
