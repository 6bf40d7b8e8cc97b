package qrimage

import "math"

const (
	// minContrast is the minimum difference in brightness that a phone's camera can distinguish.
	minContrast = 32
	// minPitch is the minimum side of a module in pixels, with a tolerance for rounding.
	minPitch = 0.99
	// maxProbes limits the samples per module in each direction.
	maxProbes = 6
	// finePitch is the side of a module below which antialiasing may affect all of its pixels.
	finePitch = 4
	// finderShare and timingShare are the shares of pattern modules that must match: styles round them, and logos cover
	// some.
	finderShare, timingShare = 0.85, 0.8
	// plain is the clarity, of at most 0.5, above which no better reading is searched for.
	plain = 0.48
)

// reading is a grid and its clarity: how clearly its modules are dark or light.
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

// read reads a code of this size, or returns no grid if there is none. The finder and timing patterns decide that, and
// which tone is dark.
func (c *canvas) read(f frame, size int) reading {
	var corners, timings probes
	far := size - finder
	for _, at := range [][2]int{{0, 0}, {far, 0}, {0, far}} {
		own := c.finder(f, size, at[0], at[1])
		if dark, light := own.means(); own.share(dark, light) < finderShare {
			return reading{}
		}
		corners = append(corners, own...)
	}
	for i := finder + 1; i < far; i++ {
		timings = timings.with(c.module(f, i, timing), i%2 == 0)
		timings = timings.with(c.module(f, timing, i), i%2 == 0)
	}
	dark, light := corners.means()
	if math.Abs(dark-light) < minContrast || corners.share(dark, light) < finderShare || timings.share(dark, light) < timingShare {
		return reading{}
	}
	return c.modules(f, size, dark, light)
}

// modules assigns each module to the nearer tone.
func (c *canvas) modules(f frame, size int, dark, light float64) reading {
	g := &Grid{size: size, dark: make([]bool, size*size)}
	middle, clarity := (dark+light)/2, 0.0
	for y := range size {
		for x := range size {
			strength := (middle - c.module(f, x, y)) / (light - dark)
			g.dark[y*size+x] = strength > 0
			clarity += min(math.Abs(strength), 0.5)
		}
	}
	g.restorePatterns()
	return reading{g, clarity / float64(size*size)}
}

// probes are modules with a known tone.
type probes []probe

type probe struct {
	light  float64
	isDark bool
}

func (p probes) with(light float64, isDark bool) probes { return append(p, probe{light, isDark}) }

// means returns the average tones of the dark and light modules.
func (p probes) means() (dark, light float64) {
	sums, counts := [2]float64{}, [2]float64{}
	for _, one := range p {
		if one.isDark {
			sums[0] += one.light
			counts[0]++
		} else {
			sums[1] += one.light
			counts[1]++
		}
	}
	return sums[0] / counts[0], sums[1] / counts[1]
}

// share returns the share of modules that are nearer to their own tone.
func (p probes) share(dark, light float64) float64 {
	matching := 0
	for _, one := range p {
		if isDark := math.Abs(one.light-dark) < math.Abs(one.light-light); isDark == one.isDark {
			matching++
		}
	}
	return float64(matching) / float64(len(p))
}

// finder samples a finder pattern and its light border, without the corners, which some styles round.
func (c *canvas) finder(f frame, size, left, top int) probes {
	const middle = finder / 2
	seen := make(probes, 0, (finder+2)*(finder+2))
	for y := -1; y <= finder; y++ {
		for x := -1; x <= finder; x++ {
			near, far := sorted(abs(x-middle), abs(y-middle))
			isCorner := near >= middle-1 && far <= middle
			if isInside := min(left+x, top+y) >= 0 && max(left+x, top+y) < size; isInside && !isCorner {
				seen = seen.with(c.module(f, left+x, top+y), inFinder(x, y))
			}
		}
	}
	return seen
}

func sorted(a, b int) (smaller, larger int) { return min(a, b), max(a, b) }

// module returns the average tone of the inner half of a module, away from its neighbours and antialiasing.
func (c *canvas) module(f frame, x, y int) float64 {
	pitch := f.pitch()
	if pitch < finePitch {
		c.work.spend(16)
		return c.sharpened(f.at(float64(x)+0.5, float64(y)+0.5))
	}
	n := min(maxProbes, int(pitch/2))
	c.work.spend(n * n)
	sum := 0.0
	for row := range n {
		for column := range n {
			at := f.at(float64(x)+inner(column, n), float64(y)+inner(row, n))
			sum += c.at(int(math.Floor(at.x)), int(math.Floor(at.y)))
		}
	}
	return sum / float64(n*n)
}

// inner returns the position of sample i of n within the inner half of a module.
func inner(i, n int) float64 { return 0.25 + (float64(i)+0.5)/float64(2*n) }

// at returns a pixel, clamped to the image.
func (c *canvas) at(x, y int) float64 {
	x, y = max(0, min(x, c.width-1)), max(0, min(y, c.height-1))
	return float64(c.pixels[y*c.width+x])
}

// sharpened returns the interpolated tone at a point, with the effect of antialiasing reduced.
func (c *canvas) sharpened(p point) float64 {
	left, top := math.Floor(p.x-0.5), math.Floor(p.y-0.5)
	columns, rows := cubic(p.x-0.5-left), cubic(p.y-0.5-top)
	sum := 0.0
	for j, row := range rows {
		for i, column := range columns {
			sum += row * column * c.at(int(left)+i-1, int(top)+j-1)
		}
	}
	return sum
}

// cubic returns the weights of four adjacent pixels for a position after the second one (Keys' kernel, a = -1, which
// sharpens).
func cubic(after float64) [4]float64 {
	before := 1 - after
	near := func(d float64) float64 { return (d-2)*d*d + 1 }
	far := func(d float64) float64 { return ((5-d)*d-8)*d + 4 }
	return [4]float64{far(1 + after), near(after), near(before), far(1 + before)}
}
