package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"text/tabwriter"
)

func main() {
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

// calls prints a row for each call, in memory and over loopback.
func calls(out *tabwriter.Writer, pairs int) {
	const columns = "\traw\ttime\tnoise\traw allocs\tadded\traw bytes\tsize"
	cpus := runtime.GOMAXPROCS(1)
	section(out, "in memory"+columns)
	for _, r := range rows("http://127.0.0.1", memory(answers())) {
		r.print(out, pairs)
	}
	runtime.GOMAXPROCS(cpus)
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
