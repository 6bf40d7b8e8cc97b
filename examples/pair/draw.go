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
	for _, way := range []struct {
		size  func() (columns, rows int, err error)
		write func(io.Writer) error
	}{
		{code.TerminalSize, code.WriteTerminal},
		{code.TerminalSizeCompact, code.WriteTerminalCompact},
	} {
		width, height, err := way.size()
		if err != nil {
			return "", err
		}
		if !fits(app, width, height) {
			continue
		}
		var drawing bytes.Buffer
		if err := way.write(&drawing); err != nil {
			return "", err
		}
		if _, _, terminal := app.Size(); app.Colours || !terminal {
			return drawing.String(), nil
		}
		return invert(drawing.String()), nil
	}
	return "", errNoRoom
}

// fits reserves a row for the status line. Without a terminal everything fits.
func fits(app demo.App, width, height int) bool {
	columns, rows, terminal := app.Size()
	return !terminal || app.UTF8 && width <= columns && height < rows
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// invert draws the light modules instead, for a terminal without colours: on a dark background this is the normal code,
// on a light one its negative, which phones also read.
func invert(drawing string) string {
	const firstSextant, lastSextant = 0x1fb00, 0x1fb3b
	opposite := map[rune]rune{' ': '█', '█': ' ', '▀': '▄', '▄': '▀', '▌': '▐', '▐': '▌'}
	return strings.Map(func(r rune) rune {
		if o, ok := opposite[r]; ok {
			return o
		}
		if firstSextant <= r && r <= lastSextant { // ordered by their bits, so the complement is the mirrored index
			return firstSextant + lastSextant - r
		}
		return r
	}, colour.ReplaceAllString(drawing, ""))
}
