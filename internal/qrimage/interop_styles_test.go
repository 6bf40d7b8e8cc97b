//go:build interop

package qrimage_test

import (
	"fmt"
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
// the pictures themselves beside what they read of the drawings.
func TestInteropStyles(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "codes\tpictures\tzbar\tjsQR\thalf blocks: zbar\tjsQR\tsextants: zbar\tjsQR")
	compare := func(name string, dir string, want []string) {
		half, compact := redrawn(t, dir)
		fmt.Fprintf(table, "%s\t%d", name, len(want))
		original := 0
		for _, folder := range []string{dir, half, compact} {
			zbar, jsqr := matching(scan(t, folder), want), matching(scanWithNode(t, folder), want)
			fmt.Fprintf(table, "\t%d\t%d", zbar, jsqr)
			t.Log(name, "read:", zbar, jsqr, "of", len(want))
			if folder == dir {
				original = max(zbar, jsqr)
				continue
			}
			assert.GreaterOrEqual(t, zbar, original, "%s: less is read of the drawing than of the picture", name)
		}
		fmt.Fprintln(table)
	}
	for _, s := range styles() {
		dir, want := styled(t, s, plainScene)
		compare(s.name, dir, want)
	}
	for _, name := range []string{"squares", "rounded", "circles", "gapped squares", "vertical bars", "horizontal bars", "gradient"} {
		dir, want := styledByPython(t, name)
		compare("python-qrcode, "+name, dir, want)
	}
	for name, in := range scenes() {
		for _, s := range styles()[:1] {
			dir, want := styled(t, s, in)
			compare(s.name+", "+name, dir, want)
		}
	}
	require.NoError(t, table.Flush())
	t.Log("\n" + text.String())
}

var (
	styledVersions = []int{2, 7}
	styledPitches  = []float64{3, 4.4, 6, 10}
)

func styled(t *testing.T, s style, in func(pitch float64) scene) (dir string, want []string) {
	t.Helper()
	dir = t.TempDir()
	for _, version := range styledVersions {
		for _, pitch := range styledPitches {
			text, level := payload(version, len(want)), qr.L
			if s.logo > 0 {
				text, level = text[:len(text)/3], qr.H
			}
			code, err := qr.Encode(text, level)
			require.NoError(t, err)
			file := filepath.Join(dir, fmt.Sprintf("%02d.png", len(want)))
			require.NoError(t, os.WriteFile(file, pngBytes(t, s.render(code, in(pitch))), 0o600))
			want = append(want, text)
		}
	}
	return dir, want
}

func styledByPython(t *testing.T, name string) (dir string, want []string) {
	t.Helper()
	dir = t.TempDir()
	var all []sample
	for _, version := range styledVersions {
		for _, pitch := range styledPitches {
			all = append(all, sample{
				File:    filepath.Join(dir, fmt.Sprintf("%02d.png", len(all))),
				Payload: payload(version, len(all)), Version: version, Scale: int(pitch), Margin: 4, Style: name,
			})
			want = append(want, all[len(all)-1].Payload)
		}
	}
	encodeWithPython(t, all)
	return dir, want
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
