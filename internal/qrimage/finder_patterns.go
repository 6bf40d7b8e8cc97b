package qrimage

import (
	"cmp"
	"math"
	"slices"
)

// Limits for the quadratic and cubic comparisons.
const (
	maxPatterns  = 256 // while scanning
	bestPatterns = 24  // returned
)

// finderPattern is a possible finder pattern: a ring and a gap, one module wide each, around a block of three by three
// modules. Any line through the center crosses ring, gap, block, gap and ring in the proportions 1:1:3:1:1.
type finderPattern struct {
	center                    point
	moduleWidth, moduleHeight float64 // in pixels, measured along rows and columns
	rows                      float64 // number of rows that show it
}

// merge returns the average with an observation of the same pattern in other rows.
func (f finderPattern) merge(o finderPattern) finderPattern {
	mean := func(a, b float64) float64 { return (a*f.rows + b*o.rows) / (f.rows + o.rows) }
	return finderPattern{
		center:       point{mean(f.center.x, o.center.x), mean(f.center.y, o.center.y)},
		moduleWidth:  mean(f.moduleWidth, o.moduleWidth),
		moduleHeight: mean(f.moduleHeight, o.moduleHeight),
		rows:         f.rows + o.rows,
	}
}

// finderScanner searches an image for finder patterns. It checks the proportions in each row, and then in the
// column through the center of the block.
type finderScanner struct {
	*grayImage

	threshold uint8
	found     [2][]finderPattern // with a light block, and with a dark one
}

// finderPatterns returns the likeliest finder patterns, light and dark, ranked by the number of rows that show them.
func (g *grayImage) finderPatterns(threshold uint8) [2][]finderPattern {
	s := finderScanner{grayImage: g, threshold: threshold}
	for y := 0; y < g.height && !g.work.isSpent(); y++ {
		s.scanRow(y)
	}
	for i, patterns := range s.found {
		slices.SortStableFunc(patterns, func(a, b finderPattern) int { return cmp.Compare(b.rows, a.rows) })
		s.found[i] = patterns[:min(len(patterns), bestPatterns)]
	}
	return s.found
}

// scanRow checks every five consecutive runs of dark and light pixels.
func (s *finderScanner) scanRow(y int) {
	s.work.spend(s.width)
	row := s.pixels[y*s.width : (y+1)*s.width]
	var last finderRuns
	isDark, start := row[0] < s.threshold, 0
	for x := 1; x <= len(row); x++ {
		if x < len(row) && (row[x] < s.threshold) == isDark {
			continue
		}
		last = finderRuns{last[1], last[2], last[3], last[4], x - start}
		if last.isFinderPattern() {
			end := x - last[4] - last[3]
			s.add(end-last[2], end, y, last.moduleSize(), isDark)
		}
		isDark, start = !isDark, x
	}
}

// add records a pattern whose block extends from start to end in row y, if the column through its center matches too.
func (s *finderScanner) add(start, end, y int, moduleWidth float64, isDark bool) {
	top, bottom, moduleHeight, ok := s.checkColumn((start+end)/2, y, end-start, isDark)
	if !ok {
		return
	}
	seen := finderPattern{
		center:      point{float64(start+end) / 2, float64(top+bottom) / 2},
		moduleWidth: moduleWidth, moduleHeight: moduleHeight, rows: 1,
	}
	found := &s.found[0]
	if isDark {
		found = &s.found[1]
	}
	s.work.spend(len(*found))
	for i, known := range *found {
		offset := known.center.minus(seen.center)
		if math.Abs(offset.x) < known.moduleWidth && math.Abs(offset.y) < known.moduleHeight {
			(*found)[i] = known.merge(seen)
			return
		}
	}
	if len(*found) < maxPatterns {
		*found = append(*found, seen)
	}
}

// checkColumn measures the runs of a column upwards and downwards from a row of the block. It follows a run for at most
// twice the block's width. It returns the top and bottom of the block.
func (s *finderScanner) checkColumn(x, y, width int, isDark bool) (top, bottom int, moduleHeight float64, ok bool) {
	var runs finderRuns
	walk := func(y, step int) {
		for run, want := len(runs)/2, isDark; y >= 0 && y < s.height; y += step {
			if (s.pixels[y*s.width+x] < s.threshold) != want {
				run, want = run+step, !want
			}
			if run < 0 || run >= len(runs) || runs[run] > 2*width {
				return
			}
			runs[run]++
			s.work.spend(1)
		}
	}
	walk(y-1, -1)
	top = y - runs[len(runs)/2]
	walk(y, 1)
	return top, top + runs[len(runs)/2], runs.moduleSize(), runs.isFinderPattern()
}

// finderRuns are the lengths of five runs in pixels: ring, gap, block, gap and ring.
type finderRuns [5]int

// moduleSize returns the size of a module, measured on the block and the gaps.
func (r finderRuns) moduleSize() float64 { return float64(r[1]+r[2]+r[3]) / 5 }

// isFinderPattern reports whether the runs have the proportions 1:1:3:1:1, each within half. The outer runs may be
// longer, because a code without a quiet zone may touch other dark content.
func (r finderRuns) isFinderPattern() bool {
	inner := r[1] + r[2] + r[3] // 5 modules
	isNear := func(run, modules int) bool { return 2*abs(5*run-modules*inner) <= modules*inner }
	return isNear(r[2], 3) && isNear(r[1], 1) && isNear(r[3], 1) && 10*min(r[0], r[4]) >= inner
}
