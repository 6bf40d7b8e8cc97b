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
		check(out.Flush())
		return
	}
	calls(out, pairs)
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

const columns = "\traw\ttime\tnoise\traw allocs\tadded\traw bytes\tsize"

func inMemory(out *tabwriter.Writer, pairs int, names *regexp.Regexp) {
	cpus := runtime.GOMAXPROCS(1)
	section(out, "in memory"+columns)
	for _, r := range rows("http://127.0.0.1", memory(answers())) {
		if names.MatchString(r.name) {
			r.print(out, pairs)
		}
	}
	runtime.GOMAXPROCS(cpus)
}

// calls prints a row for each call, in memory and over loopback.
func calls(out *tabwriter.Writer, pairs int) {
	inMemory(out, pairs, regexp.MustCompile(""))
	base, stop := startServer()
	defer stop()
	section(out, "loopback"+columns)
	for _, r := range rows(base, &http.Transport{MaxIdleConnsPerHost: 1}) {
		r.print(out, pairs)
	}
	check(out.Flush())
}

func (r row) print(out io.Writer, pairs int) {
	const fewest, patience = 5, 2000 // milliseconds for all pairs of a long row
	if r.heavy > 0 {
		pairs = min(pairs, max(fewest, patience/r.heavy))
	}
	f := measure(r, pairs)
	linef(out, "%s\t%v\t%.2f\t%.2f\t%.0f\t%+.0f\t%.0f\t%.2f",
		r.name, f.raw, f.ratio, f.noise, f.rawAllocs, f.sdkAllocs-f.rawAllocs, f.rawBytes, f.sdkBytes/f.rawBytes)
}
