package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// printReport prints a table of the calls, the drifts and the errors.
func printReport(w io.Writer, results []result) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CALL\tHTTP\tENVELOPE\tDRIFT\tDECODED AS\tVERDICT") // Flush returns the error
	for _, r := range results {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%s\t%s\n",
			r.call, r.response.StatusCode, envelope(r.response), len(r.drifts), r.decoded, r.verdict)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		for _, d := range r.drifts {
			if _, err := fmt.Fprintf(w, "drift: %s: %s: %s\n", d.Operation, d.Path, d.Kind); err != nil {
				return err
			}
		}
		if r.verdict == verdictFailed {
			if _, err := fmt.Fprintf(w, "error: %s: %s\n", r.call, demo.Printable(r.err.Error())); err != nil {
				return err
			}
		}
	}
	return nil
}
