package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// table collects rows of text.
type table struct{ text strings.Builder }

func newTable(columns ...string) *table {
	t := &table{}
	t.row(toAny(columns)...)
	return t
}

func toAny(texts []string) []any {
	cells := make([]any, len(texts))
	for i, text := range texts {
		cells[i] = text
	}
	return cells
}

func (t *table) row(cells ...any) {
	for _, cell := range cells {
		if d, ok := cell.(time.Duration); ok {
			cell = fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
		}
		t.text.WriteString(fmt.Sprint(cell) + "\t")
	}
	t.text.WriteString("\n")
}

// print writes the table and an empty line. It returns the text of a write error, or an empty string.
func (t *table) print(out io.Writer) string {
	aligned := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(aligned, t.text.String()+"\n")
	if err == nil {
		err = aligned.Flush()
	}
	if err != nil {
		return "printing: " + err.Error()
	}
	return ""
}
