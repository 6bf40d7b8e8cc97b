package qrimage

import (
	"math"
	"slices"
)

// profile holds the darkest and the lightest pixel of each column and row. It locates a code that fills the image: the
// first and last columns and rows with a dark module are the edges of the code, and the rest is quiet zone.
type profile struct{ columns, rows []extremes }

type extremes struct{ darkest, lightest uint8 }

func (e *extremes) add(o extremes) {
	e.darkest, e.lightest = min(e.darkest, o.darkest), max(e.lightest, o.lightest)
}

func (g *grayImage) profile() profile {
	empty := []extremes{{darkest: math.MaxUint8}}
	p := profile{columns: slices.Repeat(empty, g.width), rows: slices.Repeat(empty, g.height)}
	for y := range p.rows {
		row := &p.rows[y]
		for x, value := range g.pixels[y*g.width : (y+1)*g.width] {
			column := &p.columns[x]
			column.darkest, column.lightest = min(column.darkest, value), max(column.lightest, value)
			row.darkest, row.lightest = min(row.darkest, value), max(row.lightest, value)
		}
	}
	return p
}

// tones are the brightness of the dark and the light modules. In an inverted code, dark is the larger one.
type tones struct{ dark, light float64 }

// tones returns the tones of a normal and of an inverted code, or none if the contrast is too low.
func (p profile) tones() []tones {
	all := p.rows[0]
	for _, row := range p.rows {
		all.add(row)
	}
	darkest, lightest := float64(all.darkest), float64(all.lightest)
	if lightest-darkest < minContrast {
		return nil
	}
	return []tones{{dark: darkest, light: lightest}, {dark: lightest, light: darkest}}
}

// darkness returns the share of the dark tone in a pixel: 1 within a dark module, 0 within a light one.
func (t tones) darkness(value uint8) float64 {
	return max(0, min(1, (t.light-float64(value))/(t.light-t.dark)))
}

// boundingBox is an axis-aligned rectangle with subpixel edges.
type boundingBox struct{ left, top, right, bottom float64 }

// boundingBox returns the box around all pixels of at least the given darkness.
func (p profile) boundingBox(t tones, minDarkness float64) boundingBox {
	left, right := edges(p.columns, t, minDarkness)
	top, bottom := edges(p.rows, t, minDarkness)
	return boundingBox{left, top, right, bottom}
}

// edges returns the start and end of the dark pixels. An antialiased pixel at the edge is as dark as the part of it
// that a module covers, which gives the subpixel position; the darkest pixel of the line represents it.
func edges(lines []extremes, t tones, minDarkness float64) (start, end float64) {
	first, last, darkness := -1, -1, make([]float64, len(lines))
	for i, line := range lines {
		darkness[i] = max(t.darkness(line.darkest), t.darkness(line.lightest))
		if darkness[i] >= minDarkness {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	return float64(first+1) - darkness[first], float64(last) + darkness[last]
}

// transform places an upright code of this size into the box.
func (b boundingBox) transform(size int) transform {
	return transform{
		origin: point{b.left, b.top},
		right:  point{(b.right - b.left) / float64(size), 0},
		down:   point{0, (b.bottom - b.top) / float64(size)},
	}
}
