package qrimage

import "math"

const (
	// minContrast is the minimum difference in brightness that a phone's camera can distinguish.
	minContrast = 32
	// minModuleSize is the minimum side of a module in pixels, with a tolerance for rounding.
	minModuleSize = 0.99
	// maxSamples limits the samples per module in each direction.
	maxSamples = 6
	// smallModuleSize is the side of a module below which antialiasing may affect all of its pixels.
	smallModuleSize = 4
	// minFinderMatch and minTimingMatch are the shares of pattern modules that must have the right tone: styles round
	// them, and logos cover some.
	minFinderMatch, minTimingMatch = 0.85, 0.8
	// sufficientClarity is the clarity, of at most 0.5, above which no better reading is searched for.
	sufficientClarity = 0.48
)

// reading is the result of reading a code at an assumed position and size. Clarity is the average distance of the
// modules from the middle between dark and light. The grid is nil if there is no code.
type reading struct {
	grid    *Grid
	clarity float64
}

func (r reading) orClearer(other reading) reading {
	if other.clarity > r.clarity {
		return other
	}
	return r
}

// read reads a code of this size. The finder and timing patterns decide whether there is one, and which tone is dark.
func (g *grayImage) read(t transform, size int) reading {
	var finders, timings samples
	far := size - finderSize
	for _, corner := range [][2]int{{0, 0}, {far, 0}, {0, far}} {
		finder := g.sampleFinder(t, size, corner[0], corner[1])
		if finder.matchShare(finder.means()) < minFinderMatch {
			return reading{}
		}
		finders = append(finders, finder...)
	}
	for i := finderSize + 1; i < far; i++ {
		timings = append(timings, sample{g.moduleTone(t, i, timingLine), i%2 == 0})
		timings = append(timings, sample{g.moduleTone(t, timingLine, i), i%2 == 0})
	}
	found := finders.means()
	if math.Abs(found.dark-found.light) < minContrast || finders.matchShare(found) < minFinderMatch ||
		timings.matchShare(found) < minTimingMatch {
		return reading{}
	}
	return g.readModules(t, size, found)
}

// readModules assigns each module to the nearer tone.
func (g *grayImage) readModules(t transform, size int, found tones) reading {
	grid := &Grid{size: size, dark: make([]bool, size*size)}
	middle, clarity := (found.dark+found.light)/2, 0.0
	for y := range size {
		for x := range size {
			darkness := (middle - g.moduleTone(t, x, y)) / (found.light - found.dark)
			grid.dark[y*size+x] = darkness > 0
			clarity += min(math.Abs(darkness), 0.5)
		}
	}
	grid.restorePatterns()
	return reading{grid, clarity / float64(size*size)}
}

// samples are modules of the finder or timing patterns, whose right tone is known.
type samples []sample

type sample struct {
	tone   float64
	isDark bool // in a valid code
}

// means returns the average tones of the dark and light modules.
func (s samples) means() tones {
	var dark, light, darkCount, lightCount float64
	for _, module := range s {
		if module.isDark {
			dark += module.tone
			darkCount++
		} else {
			light += module.tone
			lightCount++
		}
	}
	return tones{dark: dark / darkCount, light: light / lightCount}
}

// matchShare returns the share of modules that are nearer to their right tone.
func (s samples) matchShare(t tones) float64 {
	matching := 0
	for _, module := range s {
		if isDark := math.Abs(module.tone-t.dark) < math.Abs(module.tone-t.light); isDark == module.isDark {
			matching++
		}
	}
	return float64(matching) / float64(len(s))
}

// sampleFinder samples a finder pattern and the light modules around it, without the corners, which some styles round.
func (g *grayImage) sampleFinder(t transform, size, left, top int) samples {
	const middle = finderSize / 2
	finder := make(samples, 0, (finderSize+2)*(finderSize+2))
	for y := -1; y <= finderSize; y++ {
		for x := -1; x <= finderSize; x++ {
			near, far := sorted(abs(x-middle), abs(y-middle))
			isCorner := near >= middle-1 && far <= middle
			if isInside := min(left+x, top+y) >= 0 && max(left+x, top+y) < size; isInside && !isCorner {
				finder = append(finder, sample{g.moduleTone(t, left+x, top+y), isFinderDark(x, y)})
			}
		}
	}
	return finder
}

func sorted(a, b int) (smaller, larger int) { return min(a, b), max(a, b) }

// moduleTone returns the average brightness of the inner half of a module, away from its neighbors and antialiasing.
func (g *grayImage) moduleTone(t transform, x, y int) float64 {
	moduleSize := t.moduleSize()
	if moduleSize < smallModuleSize {
		g.work.spend(16)
		return g.sharpened(t.pixel(float64(x)+0.5, float64(y)+0.5))
	}
	n := min(maxSamples, int(moduleSize/2))
	g.work.spend(n * n)
	sum := 0.0
	for row := range n {
		for column := range n {
			p := t.pixel(float64(x)+innerPosition(column, n), float64(y)+innerPosition(row, n))
			sum += g.at(int(math.Floor(p.x)), int(math.Floor(p.y)))
		}
	}
	return sum / float64(n*n)
}

// innerPosition returns the position of sample i of n within the inner half of a module.
func innerPosition(i, n int) float64 { return 0.25 + (float64(i)+0.5)/float64(2*n) }

// sharpened returns the interpolated brightness at a point, with the effect of antialiasing reduced.
func (g *grayImage) sharpened(p point) float64 {
	left, top := math.Floor(p.x-0.5), math.Floor(p.y-0.5)
	columnWeights, rowWeights := cubicWeights(p.x-0.5-left), cubicWeights(p.y-0.5-top)
	sum := 0.0
	for j, rowWeight := range rowWeights {
		for i, columnWeight := range columnWeights {
			sum += rowWeight * columnWeight * g.at(int(left)+i-1, int(top)+j-1)
		}
	}
	return sum
}

// cubicWeights returns the weights of four adjacent pixels for a position after the second one (Keys' kernel, a = -1,
// which sharpens).
func cubicWeights(after float64) [4]float64 {
	before := 1 - after
	near := func(d float64) float64 { return (d-2)*d*d + 1 }
	far := func(d float64) float64 { return ((5-d)*d-8)*d + 4 }
	return [4]float64{far(1 + after), near(after), near(before), far(1 + before)}
}
