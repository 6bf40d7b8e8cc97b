package qrimage

import (
	"bytes"
	"io"
)

// quiet is the margin that a scanner needs, in modules.
const quiet = 4

// Colours of the 256-colour palette: unlike the first sixteen no theme changes them, and unlike true colour every
// terminal knows them.
const (
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	reset        = "\x1b[0m"
)

// Columns is how many characters wide the drawing is.
func (g *Grid) Columns() int { return g.size + 2*quiet }

// Rows is how many lines the drawing has: two modules share one.
func (g *Grid) Rows() int { return (g.size + 2*quiet + 1) / 2 }

// WriteTerminal draws the code in half blocks, in one write.
func (g *Grid) WriteTerminal(w io.Writer) error {
	var b bytes.Buffer
	for row := range g.Rows() {
		b.WriteString(blackOnWhite)
		for column := range g.Columns() {
			x, y := column-quiet, 2*row-quiet
			b.WriteString(block(g.at(x, y), g.at(x, y+1)))
		}
		b.WriteString(reset + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	default:
		return " "
	}
}
