package qrimage

import (
	"bytes"
	"io"
)

// Colors of the 256-color palette: unlike the first sixteen they do not depend on the theme, and unlike true color they
// are supported everywhere.
const (
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	reset        = "\x1b[0m"
)

// Style maps modules to characters.
type Style struct {
	columns, rows int    // modules per character
	quiet         int    // modules of quiet zone
	glyphs        []rune // indexed by the dark modules of a character as bits, row by row
}

// HalfBlocks draws two modules per character, with the quiet zone of 4 modules that the standard requires. Every
// terminal font has these characters.
func HalfBlocks() Style { return Style{columns: 1, rows: 2, quiet: 4, glyphs: []rune(" ▀▄█")} }

// Sextants draws six modules per character, with a quiet zone of 2 modules, the least that scanners are known to
// accept.
func Sextants() Style {
	const first, left, right, all = 0x1FB00, 0b010101, 0b101010, 0b111111
	glyphs := []rune{' '}
	for dark, next := 1, rune(first); dark <= all; dark++ {
		switch dark { // patterns that Unicode already had before the sextants
		case left:
			glyphs = append(glyphs, '▌')
		case right:
			glyphs = append(glyphs, '▐')
		case all:
			glyphs = append(glyphs, '█')
		default:
			glyphs = append(glyphs, next)
			next++
		}
	}
	return Style{columns: 2, rows: 3, quiet: 2, glyphs: glyphs}
}

// TerminalSize returns the columns and rows of the drawing.
func (g *Grid) TerminalSize(s Style) (columns, rows int) {
	side := g.size + 2*s.quiet
	return (side + s.columns - 1) / s.columns, (side + s.rows - 1) / s.rows
}

// WriteTerminal draws the code in one write.
func (g *Grid) WriteTerminal(w io.Writer, s Style) error {
	var b bytes.Buffer
	columns, rows := g.TerminalSize(s)
	for row := range rows {
		b.WriteString(blackOnWhite)
		for column := range columns {
			b.WriteRune(s.glyphs[g.glyphIndex(s, column, row)])
		}
		b.WriteString(reset + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// glyphIndex returns the dark modules of a character as bits.
func (g *Grid) glyphIndex(s Style, column, row int) (dark int) {
	for i := range s.columns * s.rows {
		if g.at(column*s.columns-s.quiet+i%s.columns, row*s.rows-s.quiet+i/s.columns) {
			dark |= 1 << i
		}
	}
	return dark
}
