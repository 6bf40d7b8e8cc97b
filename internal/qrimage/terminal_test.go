package qrimage_test

import (
	"bytes"
	"errors"
	"image/color"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// glyphs are the characters of a style, written out. The index of a character has a bit for each of its modules, row by
// row from the lowest bit; a bit is 1 if the module is dark.
type glyphs struct {
	columns, rows, quiet int
	all                  []rune
}

func halfBlocks() glyphs { return glyphs{columns: 1, rows: 2, quiet: 4, all: []rune(" ▀▄█")} }

func sextants() glyphs {
	const all = " 🬀🬁🬂🬃🬄🬅🬆🬇🬈🬉🬊🬋🬌🬍🬎🬏🬐🬑🬒🬓▌🬔🬕🬖🬗🬘🬙🬚🬛🬜🬝🬞🬟🬠🬡🬢🬣🬤🬥🬦🬧▐🬨🬩🬪🬫🬬🬭🬮🬯🬰🬱🬲🬳🬴🬵🬶🬷🬸🬹🬺🬻█"
	return glyphs{columns: 2, rows: 3, quiet: 2, all: []rune(all)}
}

// draw returns the expected drawing of a code, without the colors.
func (g glyphs) draw(code *qr.Code) string {
	var b strings.Builder
	for y := -g.quiet; y < code.Size+g.quiet; y += g.rows {
		for x := -g.quiet; x < code.Size+g.quiet; x += g.columns {
			shape := 0
			for i := range g.columns * g.rows {
				if code.Black(x+i%g.columns, y+i/g.columns) {
					shape += 1 << i
				}
			}
			b.WriteRune(g.all[shape])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func wantHalfBlocks(code *qr.Code) string { return halfBlocks().draw(code) }

func drawHalfBlocks(tb testing.TB, grid *qrimage.Grid) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, grid.WriteTerminal(&out, qrimage.HalfBlocks()))
	return out.String()
}

func withoutColors(colored string) string {
	return strings.NewReplacer("\x1b[38;5;16;48;5;231m", "", "\x1b[0m", "").Replace(colored)
}

func TestWriteTerminal_halfBlocks(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(1, 1))
	grid, err := qrimage.Find(paint(code, 5, 0, color.Black, color.White))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(drawHalfBlocks(t, grid), "\n"), "\n")
	columns, rows := grid.TerminalSize(qrimage.HalfBlocks())
	assert.Len(t, lines, rows)
	assert.Equal(t, 29, columns, "21 modules and a quiet zone of 4 on each side")
	assert.Equal(t, 15, rows)
	for _, line := range lines {
		assert.True(t, strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m"))
		assert.True(t, strings.HasSuffix(line, "\x1b[0m"), "the colors are not reset at the end")
		assert.Len(t, []rune(withoutColors(line)), columns)
	}
	broken := errors.New("broken pipe")
	require.ErrorIs(t, grid.WriteTerminal(failingWriter{broken}, qrimage.HalfBlocks()), broken)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteTerminal_sextants(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ version, columns, rows int }{
		{1, 13, 9}, {2, 15, 10}, {10, 31, 21}, {12, 35, 23}, {17, 45, 30},
	} {
		code := encode(t, payload(test.version, 1))
		grid, err := qrimage.Find(paint(code, 3, 0, color.Black, color.White))
		require.NoError(t, err)
		columns, rows := grid.TerminalSize(qrimage.Sextants())
		assert.Equal(t, [2]int{test.columns, test.rows}, [2]int{columns, rows}, "version %d", test.version)
		var out bytes.Buffer
		require.NoError(t, grid.WriteTerminal(&out, qrimage.Sextants()))
		assert.Equal(t, sextants().draw(code), withoutColors(out.String()))
		for line := range strings.Lines(out.String()) {
			assert.True(t, strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m"))
			assert.True(t, strings.HasSuffix(line, "\x1b[0m\n"), "the colors are not reset at the end")
		}
	}
}
