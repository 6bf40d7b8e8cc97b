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

// drawn is what a code must look like in a terminal, without the colours.
func drawn(code *qr.Code) string {
	var b strings.Builder
	for y := -4; y < code.Size+4; y += 2 {
		for x := -4; x < code.Size+4; x++ {
			upper, lower := code.Black(x, y), code.Black(x, y+1)
			b.WriteString(map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}[[2]bool{upper, lower}])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func terminal(tb testing.TB, grid *qrimage.Grid) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, grid.WriteTerminal(&out, qrimage.HalfBlocks()))
	return out.String()
}

func plain(colored string) string {
	return strings.NewReplacer("\x1b[38;5;16;48;5;231m", "", "\x1b[0m", "").Replace(colored)
}

// compact is what a code must look like in sextants, without the colours. The characters are Unicode's, written out.
func compact(code *qr.Code) string {
	sextants := []rune(" 🬀🬁🬂🬃🬄🬅🬆🬇🬈🬉🬊🬋🬌🬍🬎🬏🬐🬑🬒🬓▌🬔🬕🬖🬗🬘🬙🬚🬛🬜🬝🬞🬟🬠🬡🬢🬣🬤🬥🬦🬧▐🬨🬩🬪🬫🬬🬭🬮🬯🬰🬱🬲🬳🬴🬵🬶🬷🬸🬹🬺🬻█")
	var b strings.Builder
	for y := -2; y < code.Size+2; y += 3 {
		for x := -2; x < code.Size+2; x += 2 {
			shape := 0
			for i, dark := range []bool{
				code.Black(x, y), code.Black(x+1, y), code.Black(x, y+1), code.Black(x+1, y+1), code.Black(x, y+2), code.Black(x+1, y+2),
			} {
				if dark {
					shape += 1 << i
				}
			}
			b.WriteRune(sextants[shape])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestWriteTerminal(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(1, 1))
	grid, err := qrimage.Find(paint(code, 5, 0, color.Black, color.White))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(terminal(t, grid), "\n"), "\n")
	columns, rows := grid.TerminalSize(qrimage.HalfBlocks())
	assert.Len(t, lines, rows)
	assert.Equal(t, 29, columns, "21 modules and a quiet zone of 4 on each side")
	assert.Equal(t, 15, rows)
	for _, line := range lines {
		assert.True(t, strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m"))
		assert.True(t, strings.HasSuffix(line, "\x1b[0m"), "no colour leaks into what follows")
		assert.Len(t, []rune(plain(line)), columns)
	}
	broken := errors.New("broken pipe")
	require.ErrorIs(t, grid.WriteTerminal(failingWriter{broken}, qrimage.HalfBlocks()), broken)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteTerminalCompact(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ version, columns, rows int }{{1, 13, 9}, {2, 15, 10}, {10, 31, 21}, {12, 35, 23}, {17, 45, 30}} {
		code := encode(t, payload(test.version, 1))
		grid, err := qrimage.Find(paint(code, 3, 0, color.Black, color.White))
		require.NoError(t, err)
		columns, rows := grid.TerminalSize(qrimage.Sextants())
		assert.Equal(t, [2]int{test.columns, test.rows}, [2]int{columns, rows}, "version %d", test.version)
		var out bytes.Buffer
		require.NoError(t, grid.WriteTerminal(&out, qrimage.Sextants()))
		assert.Equal(t, compact(code), plain(out.String()))
		for line := range strings.Lines(out.String()) {
			assert.True(t, strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m"))
			assert.True(t, strings.HasSuffix(line, "\x1b[0m\n"), "no colour leaks into what follows")
		}
	}
}
