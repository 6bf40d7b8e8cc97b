package qrimage

import (
	"math"
	"slices"
)

// outline holds the darkest and lightest pixel of each column and row, to find the edges of dark or light ink.
type outline struct{ columns, rows []extremes }

type extremes struct{ darkest, lightest uint8 }

func (e *extremes) add(o extremes) {
	e.darkest, e.lightest = min(e.darkest, o.darkest), max(e.lightest, o.lightest)
}

func (c *canvas) outline() outline {
	none := []extremes{{darkest: math.MaxUint8}}
	o := outline{columns: slices.Repeat(none, c.width), rows: slices.Repeat(none, c.height)}
	for y := range o.rows {
		row := &o.rows[y]
		for x, light := range c.pixels[y*c.width : (y+1)*c.width] {
			column := &o.columns[x]
			column.darkest, column.lightest = min(column.darkest, light), max(column.lightest, light)
			row.darkest, row.lightest = min(row.darkest, light), max(row.lightest, light)
		}
	}
	return o
}

// ink is the brightness of the modules and of the background; dark is the modules even in an inverted code.
type ink struct{ dark, light float64 }

// inks returns the normal and the inverted reading of the image, or none if the contrast is too low.
func (o outline) inks() []ink {
	all := o.rows[0]
	for _, row := range o.rows {
		all.add(row)
	}
	dark, light := float64(all.darkest), float64(all.lightest)
	if light-dark < minContrast {
		return nil
	}
	return []ink{{dark, light}, {light, dark}}
}

// strength returns the share of ink in a pixel: 1 for ink, 0 for background.
func (i ink) strength(light uint8) float64 {
	return max(0, min(1, (i.light-float64(light))/(i.light-i.dark)))
}

// area is an axis-aligned rectangle with subpixel edges.
type area struct{ left, top, right, bottom float64 }

// area returns the bounding box of all ink of at least the given strength.
func (o outline) area(i ink, faintest float64) area {
	left, right := edges(o.columns, i, faintest)
	top, bottom := edges(o.rows, i, faintest)
	return area{left, top, right, bottom}
}

// edges returns the start and end of the ink. An antialiased pixel at the edge is as dark as the part of it that is
// covered, which gives the subpixel position; the strongest pixel of the line represents it.
func edges(lines []extremes, i ink, faintest float64) (from, to float64) {
	first, last, strongest := -1, -1, make([]float64, len(lines))
	for at, line := range lines {
		strongest[at] = max(i.strength(line.darkest), i.strength(line.lightest))
		if strongest[at] >= faintest {
			last = at
			if first < 0 {
				first = at
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	return float64(first+1) - strongest[first], float64(last) + strongest[last]
}
