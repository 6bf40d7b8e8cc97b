package qrimage

import (
	"math"
	"slices"
)

// outline is the darkest and lightest pixel of each column and row, which show where ink ends, whichever of both it is.
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

// ink is the brightness of a code's modules and of what they are on, which may be the darker one.
type ink struct{ dark, light float64 }

// inks are both readings of an image of two tones; none if a camera could not tell them apart.
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

// strength is 1 for ink and 0 for what it is on.
func (i ink) strength(light uint8) float64 {
	return max(0, min(1, (i.light-float64(light))/(i.light-i.dark)))
}

// area is an upright rectangle whose edges may lie within pixels.
type area struct{ left, top, right, bottom float64 }

// area is the smallest one around all ink that is at least so strong.
func (o outline) area(i ink, faintest float64) area {
	left, right := edges(o.columns, i, faintest)
	top, bottom := edges(o.rows, i, faintest)
	return area{left, top, right, bottom}
}

// edges are where the ink begins and ends. Smoothing leaves a pixel at the edge as dark as much of it is covered, which
// shows where in the pixel the edge is; the strongest ink of a line stands for its coverage.
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
