package qrimage

import (
	"cmp"
	"math"
	"slices"
)

// Limits for the quadratic and cubic comparisons.
const (
	maxSpots  = 256
	bestSpots = 24
)

// spot is the centre of a possible finder pattern: a ring around a block three modules wide.
type spot struct {
	centre         point
	pitchX, pitchY float64 // module size along rows and columns
	hits           float64 // number of rows that show it
}

// with merges an observation of the same pattern in another row.
func (s spot) with(o spot) spot {
	mean := func(a, b float64) float64 { return (a*s.hits + b*o.hits) / (s.hits + o.hits) }
	return spot{
		centre: point{mean(s.centre.x, o.centre.x), mean(s.centre.y, o.centre.y)},
		pitchX: mean(s.pitchX, o.pitchX), pitchY: mean(s.pitchY, o.pitchY), hits: s.hits + o.hits,
	}
}

// spotter searches a canvas for finder patterns.
type spotter struct {
	*canvas

	threshold uint8
	found     [2][]spot // with a light block, and with a dark one
}

// spots returns the likeliest finder patterns, light and dark, ranked by the number of rows that show them.
func (c *canvas) spots(threshold uint8) [2][]spot {
	s := spotter{canvas: c, threshold: threshold}
	for y := 0; y < c.height && !c.work.isSpent(); y++ {
		s.scan(y)
	}
	for i, spots := range s.found {
		slices.SortStableFunc(spots, func(a, b spot) int { return cmp.Compare(b.hits, a.hits) })
		s.found[i] = spots[:min(len(spots), bestSpots)]
	}
	return s.found
}

// scan checks every five consecutive runs of a row.
func (s *spotter) scan(y int) {
	s.work.spend(s.width)
	row := s.pixels[y*s.width : (y+1)*s.width]
	var cut [finderRuns]int
	dark, start := row[0] < s.threshold, 0
	for x := 1; x <= len(row); x++ {
		if x < len(row) && (row[x] < s.threshold) == dark {
			continue
		}
		cut = [finderRuns]int{cut[1], cut[2], cut[3], cut[4], x - start}
		if isFinderCut(cut) {
			end := x - cut[4] - cut[3]
			s.add(end-cut[2], end, y, pitch(cut), dark)
		}
		dark, start = !dark, x
	}
}

// add records a candidate whose block spans from and to in row y, if the column through its centre matches as well.
func (s *spotter) add(from, to, y int, pitchX float64, dark bool) {
	top, bottom, pitchY, ok := s.column((from+to)/2, y, to-from, dark)
	if !ok {
		return
	}
	seen := spot{centre: point{float64(from+to) / 2, float64(top+bottom) / 2}, pitchX: pitchX, pitchY: pitchY, hits: 1}
	found := &s.found[0]
	if dark {
		found = &s.found[1]
	}
	s.work.spend(len(*found))
	for i, old := range *found {
		if way := old.centre.minus(seen.centre); math.Abs(way.x) < old.pitchX && math.Abs(way.y) < old.pitchY {
			(*found)[i] = old.with(seen)
			return
		}
	}
	if len(*found) < maxSpots {
		*found = append(*found, seen)
	}
}

// column measures the runs of a column, starting from the block in the middle. Runs are followed for at most twice the
// block's width.
func (s *spotter) column(x, y, width int, dark bool) (top, bottom int, pitchY float64, ok bool) {
	var cut [finderRuns]int
	walk := func(y, step int) {
		for part, want := finderRuns/2, dark; y >= 0 && y < s.height; y += step {
			if (s.pixels[y*s.width+x] < s.threshold) != want {
				part, want = part+step, !want
			}
			if part < 0 || part >= finderRuns || cut[part] > 2*width {
				return
			}
			cut[part]++
			s.work.spend(1)
		}
	}
	walk(y-1, -1)
	top = y - cut[finderRuns/2]
	walk(y, 1)
	return top, top + cut[finderRuns/2], pitch(cut), isFinderCut(cut)
}

// finderRuns is the number of runs through the centre of a finder pattern: ring, gap, block, gap, ring.
const finderRuns = 5

// pitch returns the module size, measured on the block and the gaps.
func pitch(cut [finderRuns]int) float64 { return float64(cut[1]+cut[2]+cut[3]) / 5 }

// isFinderCut reports whether the runs have the proportions 1:1:3:1:1, each within half. The outer runs may be longer,
// because a code without a quiet zone may touch its surroundings.
func isFinderCut(cut [finderRuns]int) bool {
	within := cut[1] + cut[2] + cut[3] // 5 modules
	isNear := func(run, modules int) bool { return 2*abs(5*run-modules*within) <= modules*within }
	return isNear(cut[2], 3) && isNear(cut[1], 1) && isNear(cut[3], 1) && 10*min(cut[0], cut[4]) >= within
}
