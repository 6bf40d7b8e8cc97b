package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// draw draws the code as large as the terminal allows, or returns errNoRoom.
func draw(app demo.App, code *whatspie.QRCode) (string, error) {
	for _, format := range []struct {
		size  func() (columns, rows int, err error)
		write func(io.Writer) error
	}{
		{code.TerminalSize, code.WriteTerminal},
		{code.TerminalSizeCompact, code.WriteTerminalCompact},
	} {
		width, height, err := format.size()
		if err != nil {
			return "", err
		}
		if !fits(app, width, height) {
			continue
		}
		var drawing bytes.Buffer
		if err := format.write(&drawing); err != nil {
			return "", err
		}
		if _, _, terminal := app.Size(); app.Colors || !terminal {
			return drawing.String(), nil
		}
		return invert(drawing.String()), nil
	}
	return "", errNoRoom
}

// fits reports whether a drawing and the status line fit. Without a terminal everything fits.
func fits(app demo.App, width, height int) bool {
	columns, rows, terminal := app.Size()
	return !terminal || app.UTF8 && width <= columns && height < rows
}

var colorCode = regexp.MustCompile("\x1b\\[[0-9;]*m")

// invert draws the light modules instead of the dark ones, for a terminal without colors. On a dark background this is
// the normal code. On a light background it is the negative, which phones can also scan.
func invert(drawing string) string {
	const firstSextant, lastSextant = 0x1fb00, 0x1fb3b
	inverse := map[rune]rune{' ': '█', '█': ' ', '▀': '▄', '▄': '▀', '▌': '▐', '▐': '▌'}
	return strings.Map(func(r rune) rune {
		if inverted, ok := inverse[r]; ok {
			return inverted
		}
		if firstSextant <= r && r <= lastSextant { // sorted by their bits, so inversion reverses the order
			return firstSextant + lastSextant - r
		}
		return r
	}, colorCode.ReplaceAllString(drawing, ""))
}
