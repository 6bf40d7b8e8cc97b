package qrimage

import "math"

const (
	// minContrast is the least difference in brightness that a phone's camera could tell.
	minContrast = 32
	// minPitch is the least side of a module in pixels, but for rounding.
	minPitch = 0.99
	// maxProbes bounds the places looked at in a module, each way: more would tell nothing new.
	maxProbes = 6
	// finePitch is the side of modules whose neighbours smoothing may mix into all of their pixels.
	finePitch = 4
	// finderShare and timingShare are how many modules of the patterns must be as expected: a style may round them, a logo or a
	// stain cover some.
	finderShare, timingShare = 0.85, 0.8
	// plain is the clarity of a picture that leaves no other reading to look for: 0.5 is the most.
	plain = 0.48
)

// reading is what was read; it is the clearer the more its modules differ.
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

// read reads a code of the size, or no grid if the frame holds none. The patterns that every code has decide that, and
// which of the two tones is the dark modules': squares in three corners, and alternating modules between them.
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

// modules reads each module by the tone that it is nearer to.
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

// probes are modules of which is known whether they are dark.
type probes []probe

type probe struct {
	light  float64
	isDark bool
}

func (p probes) with(light float64, isDark bool) probes { return append(p, probe{light, isDark}) }

// means are the tones of the dark and of the light modules.
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

// share is how many of the modules are nearer to their own tone, of 1.
func (p probes) share(dark, light float64) float64 {
	matching := 0
	for _, one := range p {
		if isDark := math.Abs(one.light-dark) < math.Abs(one.light-light); isDark == one.isDark {
			matching++
		}
	}
	return float64(matching) / float64(len(p))
}

// finder looks at a finder pattern and the light modules around it, where all styles agree: rounded corners are left out.
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

// module averages the inner half of a module, where neither its neighbours nor smoothing reach.
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

// inner spreads n places over the inner half of a module.
func inner(i, n int) float64 { return 0.25 + (float64(i)+0.5)/float64(2*n) }

// at is the pixel, or the nearest one to it.
func (c *canvas) at(x, y int) float64 {
	x, y = max(0, min(x, c.width-1)), max(0, min(y, c.height-1))
	return float64(c.pixels[y*c.width+x])
}

// sharpened is the tone at a place between pixels, less what its neighbours added when the image was smoothed.
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

// cubic weighs four pixels in a row around a place after the second one (Keys' kernel, a = -1, which sharpens).
func cubic(after float64) [4]float64 {
	before := 1 - after
	near := func(d float64) float64 { return (d-2)*d*d + 1 }
	far := func(d float64) float64 { return ((5-d)*d-8)*d + 4 }
	return [4]float64{far(1 + after), near(after), near(before), far(1 + before)}
}
