//go:build interop

package qrimage_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"
)

// Two decoders read at least as many drawings as original pictures, for every style. The table shows both numbers. Of
// python-qrcode's bars, which are one pixel wide in the smallest scale, zbar reads 6 pictures of 8, and as many
// drawings.
func TestInterop_styles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := make([]row, 0, 40)
	for _, s := range styles() {
		rows = append(rows, styled(t, dir, s.name, len(rows), s, plainScene))
	}
	for _, name := range []string{
		"squares", "rounded", "circles", "gapped squares", "vertical bars", "horizontal bars", "gradient",
	} {
		rows = append(rows, styledByPython(t, dir, len(rows), name))
	}
	for _, name := range slices.Sorted(maps.Keys(scenes())) {
		rows = append(rows, styled(t, dir, name, len(rows), styles()[0], scenes()[name]))
	}
	half, compact := drawAll(t, dir)
	read := make([][]string, 0, 6) // by folder and decoder
	for _, folder := range []string{dir, half, compact} {
		read = append(read, scan(t, folder), scanWithNode(t, folder))
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "codes\tpictures\tzbar\tjsQR\thalf blocks: zbar\tjsQR\tsextants: zbar\tjsQR")
	for _, row := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%d", row.name, len(row.want))
		counts := make([]int, 0, len(read))
		for _, texts := range read {
			counts = append(counts, matching(texts, row.want))
			_, _ = fmt.Fprintf(table, "\t%d", counts[len(counts)-1])
		}
		_, _ = fmt.Fprintln(table)
		for _, count := range counts[2:] {
			assert.GreaterOrEqual(t, count, max(counts[0], counts[1]), "%s: fewer drawings than pictures are readable", row.name)
		}
	}
	require.NoError(t, table.Flush())
	t.Log("\n" + text.String())
}

// row holds the texts of the codes of one style. No other row has the same texts.
type row struct {
	name string
	want []string
}

var (
	styledVersions = []int{2, 7}
	styledScales   = []float64{3, 4.4, 6, 10}
)

// styled draws codes in a style.
func styled(t *testing.T, dir, name string, number int, s style, in func(scale float64) scene) row {
	t.Helper()
	r := row{name: name}
	for _, version := range styledVersions {
		for _, scale := range styledScales {
			id := 100*number + len(r.want)
			text, level := payload(version, id), qr.L
			if s.logo > 0 {
				text, level = text[:len(text)/3], qr.H
			}
			code, err := qr.Encode(text, level)
			require.NoError(t, err)
			file := filepath.Join(dir, fmt.Sprintf("%05d.png", id))
			require.NoError(t, os.WriteFile(file, pngBytes(t, s.render(code, in(scale))), 0o600))
			r.want = append(r.want, text)
		}
	}
	return r
}

// styledByPython draws codes in a style of python3-qrcode.
func styledByPython(t *testing.T, dir string, number int, name string) row {
	t.Helper()
	r := row{name: "python-qrcode, " + name}
	all := make([]sample, 0, len(styledVersions)*len(styledScales))
	for _, version := range styledVersions {
		for _, scale := range styledScales {
			id := 100*number + len(all)
			all = append(all, sample{
				File: filepath.Join(dir, fmt.Sprintf("%05d.png", id)), Payload: payload(version, id),
				Version: version, Scale: int(scale), Margin: 4, Style: name,
			})
			r.want = append(r.want, all[len(all)-1].Payload)
		}
	}
	encodeWithPython(t, all)
	return r
}

// matching returns how many of the wanted texts were read.
func matching(read, want []string) int {
	found := 0
	for _, text := range want {
		if slices.Contains(read, text) {
			found++
		}
	}
	return found
}
