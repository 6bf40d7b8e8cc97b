package qrimage

import (
	"cmp"
	"math"
	"slices"
)

// What is looked at most, so that a hostile image cannot take long.
const (
	maxSpots  = 256
	bestSpots = 32
	maxCuts   = 1 << 16
)

// spot is where rows and columns show the proportions of a finder pattern. All but hits are sums over them.
type spot struct {
	hits, x, y, pitchX, pitchY, ink, paper float64
}

func (s spot) plus(o spot) spot {
	return spot{s.hits + o.hits, s.x + o.x, s.y + o.y, s.pitchX + o.pitchX, s.pitchY + o.pitchY, s.ink + o.ink, s.paper + o.paper}
}

func (s spot) mean() spot {
	return spot{s.hits, s.x / s.hits, s.y / s.hits, s.pitchX / s.hits, s.pitchY / s.hits, s.ink / s.hits, s.paper / s.hits}
}

// among looks for a code next to something else, a caption or a frame: two finder patterns in opposite corners tell
// where it is.
func (c *canvas) among(threshold uint8, inverted bool) *Grid {
	s := spotter{canvas: c, threshold: threshold, inverted: inverted}
	spots := s.best()
	for i, a := range spots {
		for _, b := range spots[i+1:] {
			if g := c.between(a, b); g != nil {
				return g
			}
		}
	}
	return nil
}

// between reads a code of which two finder patterns are opposite corners.
func (c *canvas) between(a, b spot) *Grid {
	const tolerance = 0.15
	width, height := math.Abs(a.x-b.x), math.Abs(a.y-b.y)
	across, down := 2*width/(a.pitchX+b.pitchX), 2*height/(a.pitchY+b.pitchY)
	t := tones{ink: (a.ink + b.ink) / 2, paper: (a.paper + b.paper) / 2}
	if math.Abs(across-down) > tolerance*across+1 || !t.visible() {
		return nil
	}
	var best reading
	for size := minSize; size <= maxSize; size += sizeStep {
		apart := float64(size - finder)
		if math.Abs(across-apart) > tolerance*apart {
			continue
		}
		beyondX, beyondY := width/apart*finder/2, height/apart*finder/2
		box := area{min(a.x, b.x) - beyondX, min(a.y, b.y) - beyondY, max(a.x, b.x) + beyondX, max(a.y, b.y) + beyondY}
		if r := c.sample(box, t, size); r.clarity > best.clarity {
			best = r
		}
	}
	return best.grid
}

// spotter searches a canvas for finder patterns.
type spotter struct {
	*canvas

	threshold uint8
	inverted  bool
	found     []spot
	cuts      int
}

func (s *spotter) inked(light uint8) bool { return (light < s.threshold) != s.inverted }

// best are the most likely finder patterns: those that most rows cut.
func (s *spotter) best() []spot {
	for y := range s.height {
		s.scan(y, s.pixels[y*s.width:(y+1)*s.width])
	}
	for i := range s.found {
		s.found[i] = s.found[i].mean()
	}
	slices.SortStableFunc(s.found, func(a, b spot) int { return cmp.Compare(b.hits, a.hits) })
	return s.found[:min(len(s.found), bestSpots)]
}

// scan looks at each five runs of a row of which the first is ink.
func (s *spotter) scan(y int, row []uint8) {
	var cut [finderRuns]int
	dark, start := false, 0
	for x := 0; x <= len(row); x++ {
		if x < len(row) && s.inked(row[x]) == dark {
			continue
		}
		copy(cut[:], cut[1:])
		cut[finderRuns-1] = x - start
		if dark && s.cuts < maxCuts && isFinderCut(cut) {
			s.cuts++
			s.add(x-sum(cut), x, y)
		}
		dark, start = !dark, x
	}
}

// add keeps a cut through a row if the column crosses it alike.
func (s *spotter) add(from, to, y int) {
	x := (from + to) / 2
	top, bottom, ok := s.column(x, y, to-from)
	if !ok {
		return
	}
	const ring = 2 // modules from the centre to the light ring
	seen := spot{
		hits: 1, x: float64(from+to) / 2, y: float64(top+bottom) / 2,
		pitchX: float64(to-from) / finder, pitchY: float64(bottom-top) / finder,
		ink:   float64(s.pixels[y*s.width+x]),
		paper: float64(s.pixels[y*s.width+x-ring*(to-from)/finder]),
	}
	for i, old := range s.found {
		if m := old.mean(); math.Abs(m.x-seen.x) < m.pitchX && math.Abs(m.y-seen.y) < m.pitchY {
			s.found[i] = old.plus(seen)
			return
		}
	}
	if len(s.found) < maxSpots {
		s.found = append(s.found, seen)
	}
}

// column is the cut through a column, from a place within the block in the middle of a finder pattern.
func (s *spotter) column(x, y, limit int) (top, bottom int, ok bool) {
	var cut [finderRuns]int
	walk := func(y, step int) int {
		part, dark := finderRuns/2, true
		for part >= 0 && part < finderRuns && y >= 0 && y < s.height && cut[part] < limit {
			if s.inked(s.pixels[y*s.width+x]) == dark {
				cut[part]++
				y += step
			} else {
				part += step
				dark = !dark
			}
		}
		return y
	}
	top = walk(y-1, -1) + 1
	bottom = walk(y, 1)
	return top, bottom, isFinderCut(cut)
}

// finderRuns are the runs of a cut through the middle of a finder pattern.
const finderRuns = 5

// isFinderCut tells their proportions, 1:1:3:1:1, give or take half of each.
func isFinderCut(cut [finderRuns]int) bool {
	pitch := float64(sum(cut)) / finder
	for i, run := range cut {
		want := pitch
		if i == finderRuns/2 {
			want = 3 * pitch
		}
		if run == 0 || math.Abs(float64(run)-want) > want/2 {
			return false
		}
	}
	return true
}

func sum(cut [finderRuns]int) int { return cut[0] + cut[1] + cut[2] + cut[3] + cut[4] }

// threshold parts the pixels in two groups that differ most (Otsu's method): a few pixels darker than the code, or a
// page that is neither, do not mislead it.
func (c *canvas) threshold() uint8 {
	var histogram [math.MaxUint8 + 1]float64
	total, all := 0.0, float64(len(c.pixels))
	for _, light := range c.pixels {
		histogram[light]++
		total += float64(light)
	}
	best, below, totalBelow := 0.0, 0.0, 0.0
	threshold := uint8(0)
	for i := range uint8(math.MaxUint8) {
		below += histogram[i]
		totalBelow += histogram[i] * float64(i)
		if below == 0 || below == all {
			continue
		}
		apart := totalBelow/below - (total-totalBelow)/(all-below)
		if between := below * (all - below) * apart * apart; between > best {
			best, threshold = between, i+1
		}
	}
	return threshold
}
