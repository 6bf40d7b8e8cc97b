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

// Codes in the styles of other encoders are drawn at least as readable as they came: the table has what two decoders read of
// the pictures themselves beside what they read of the drawings. Of python-qrcode's bars, which are a pixel wide in the smallest
// scale, zbar reads 6 pictures of 8, and as many drawings.
func TestInteropStyles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := make([]row, 0, 40)
	for _, s := range styles() {
		rows = append(rows, styled(t, dir, s.name, len(rows), s, plainScene))
	}
	for _, name := range []string{"squares", "rounded", "circles", "gapped squares", "vertical bars", "horizontal bars", "gradient"} {
		rows = append(rows, styledByPython(t, dir, len(rows), name))
	}
	for _, name := range slices.Sorted(maps.Keys(scenes())) {
		rows = append(rows, styled(t, dir, name, len(rows), styles()[0], scenes()[name]))
	}
	half, compact := redrawn(t, dir)
	read := make([][]string, 0, 6)
	for _, folder := range []string{dir, half, compact} {
		read = append(read, scan(t, folder), scanWithNode(t, folder))
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "codes\tpictures\tzbar\tjsQR\thalf blocks: zbar\tjsQR\tsextants: zbar\tjsQR")
	for _, row := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%d", row.name, len(row.want))
		shares := make([]int, 0, len(read))
		for _, texts := range read {
			shares = append(shares, matching(texts, row.want))
			_, _ = fmt.Fprintf(table, "\t%d", shares[len(shares)-1])
		}
		_, _ = fmt.Fprintln(table)
		for _, share := range shares[2:] {
			assert.GreaterOrEqual(t, share, max(shares[0], shares[1]), "%s: less is read of a drawing than of the picture", row.name)
		}
	}
	require.NoError(t, table.Flush())
	t.Log("\n" + text.String())
}

// row is the codes of one style; their texts occur in no other row.
type row struct {
	name string
	want []string
}

var (
	styledVersions = []int{2, 7}
	styledPitches  = []float64{3, 4.4, 6, 10}
)

func styled(t *testing.T, dir, name string, number int, s style, in func(pitch float64) scene) row {
	t.Helper()
	made := row{name: name}
	for _, version := range styledVersions {
		for _, pitch := range styledPitches {
			id := 100*number + len(made.want)
			text, level := payload(version, id), qr.L
			if s.logo > 0 {
				text, level = text[:len(text)/3], qr.H
			}
			code, err := qr.Encode(text, level)
			require.NoError(t, err)
			file := filepath.Join(dir, fmt.Sprintf("%05d.png", id))
			require.NoError(t, os.WriteFile(file, pngBytes(t, s.render(code, in(pitch))), 0o600))
			made.want = append(made.want, text)
		}
	}
	return made
}

func styledByPython(t *testing.T, dir string, number int, name string) row {
	t.Helper()
	made := row{name: "python-qrcode, " + name}
	all := make([]sample, 0, len(styledVersions)*len(styledPitches))
	for _, version := range styledVersions {
		for _, pitch := range styledPitches {
			id := 100*number + len(all)
			all = append(all, sample{
				File: filepath.Join(dir, fmt.Sprintf("%05d.png", id)), Payload: payload(version, id),
				Version: version, Scale: int(pitch), Margin: 4, Style: name,
			})
			made.want = append(made.want, all[len(all)-1].Payload)
		}
	}
	encodeWithPython(t, all)
	return made
}

func matching(read, want []string) int {
	found := 0
	for _, text := range want {
		if slices.Contains(read, text) {
			found++
		}
	}
	return found
}
