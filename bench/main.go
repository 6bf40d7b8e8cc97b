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
	isServer := flag.Bool("serve", false, "run as the server for the rows over loopback")
	flag.Parse()
	if *isServer {
		check(serve())
		return
	}
	pairs, throughputPairs := 101, 31
	if *short {
		pairs, throughputPairs = 15, 5
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	if *only != "" {
		inMemory(out, pairs, regexp.MustCompile(*only))
		return
	}
	inMemory(out, pairs, regexp.MustCompile(""))
	loopback(out, pairs)
	concurrency(out, throughputPairs)
	memoryUse(out)
	startUp(out)
	binaries(out)
	profileGet(out)
}

// section starts a table.
func section(out io.Writer, columns string) { linef(out, "\n"+columns) }

func linef(out io.Writer, format string, values ...any) {
	must(fmt.Fprintf(out, format+"\t\n", values...))
}

const columns = "\tbaseline\ttime ratio\tquartiles\tallocations\tadded\tbytes\tbyte ratio"

// inMemory prints the rows whose names match, with prepared responses.
func inMemory(out *tabwriter.Writer, pairs int, names *regexp.Regexp) {
	cpus := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cpus)
	section(out, "in memory, CPU time"+columns)
	for _, r := range rows("http://127.0.0.1", memory(responses())) {
		if names.MatchString(r.name) {
			r.print(out, pairs, cpuTime)
		}
	}
	check(out.Flush())
}

var overLoopback = regexp.MustCompile(`^(Get|QR|Create|404|List of 1|List of 1,000|All of 1,000)$`)

// loopback prints some of the rows again, with a server in another process.
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
	const minPairs, maxMillis = 5, 2000 // for all pairs of a slow row
	if r.millis > 0 {
		pairs = min(pairs, max(minPairs, maxMillis/r.millis))
	}
	f := measure(r, pairs, now)
	low, high := f.times.quartiles()
	linef(out, "%s\t%v\t%.2f\t%.2f-%.2f\t%.0f\t%+.0f\t%.0f\t%.2f", r.name, f.base.Round(10*time.Nanosecond),
		f.times.median(), low, high, f.baseAllocs, f.sdkAllocs-f.baseAllocs, f.baseBytes, f.sdkBytes/f.baseBytes)
}
