package qrimage

import (
	"errors"
	"image"
	"image/color"
	"math"
)

// ErrNoGrid means that the image does not show the modules of a QR code, whole, upright and undistorted.
var ErrNoGrid = errors.New("no QR code found in the image")

// A QR code of version v has 17+4v modules a side.
const (
	minSize  = 21
	maxSize  = 177
	sizeStep = 4
	finder   = 7 // modules a side of the pattern in three corners
	timing   = 6 // row and column of alternating modules
)

// Grid is the modules of a QR code.
type Grid struct {
	size int
	dark []bool
}

// at is light outside of the code.
func (g *Grid) at(x, y int) bool {
	return x >= 0 && y >= 0 && x < g.size && y < g.size && g.dark[y*g.size+x]
}

// Find reads the modules out of an image: of any scale from one pixel a module, whole or not, with or without a
// margin, dark on light or the reverse, in any of the four upright turns, alone or among other things.
func Find(picture image.Image) (*Grid, error) {
	if picture == nil {
		return nil, ErrNoGrid
	}
	size := picture.Bounds().Size()
	if min(size.X, size.Y) <= 0 || max(size.X, size.Y) > maxSide { // a picture of an impossible size has less than none
		return nil, ErrNoGrid
	}
	for _, background := range []color.Color{color.White, color.Black} {
		c := newCanvas(picture, background)
		if g := c.find(); g != nil {
			return g, nil
		}
		if opaque, ok := picture.(interface{ Opaque() bool }); ok && opaque.Opaque() {
			break
		}
	}
	return nil, ErrNoGrid
}

// find looks at the whole image first: what the API sends is a code and nothing else.
func (c *canvas) find() *Grid {
	all := c.extremes()
	light, dark := float64(all.lightest), float64(all.darkest)
	both := []tones{{ink: dark, paper: light}, {ink: light, paper: dark}}
	if !both[0].visible() {
		return nil
	}
	for _, t := range both {
		if g := c.alone(t); g != nil {
			return g
		}
	}
	threshold := c.threshold()
	for _, inverted := range []bool{false, true} {
		if g := c.among(threshold, inverted); g != nil {
			return g
		}
	}
	return nil
}

// alone tries every size on the area that holds all ink: the finder patterns touch three of its corners.
func (c *canvas) alone(t tones) *Grid {
	var best reading
	for _, faintest := range []float64{0.5, 0.1} {
		ink := c.inked(t, faintest)
		for size := minSize; size <= maxSize && min(ink.right-ink.left, ink.bottom-ink.top) > float64(size)-1; size += sizeStep {
			if r := c.sample(ink, t, size); r.clarity > best.clarity {
				best = r
			}
		}
	}
	return best.grid
}

// reading is what was read, and how far its modules were from grey.
type reading struct {
	grid    *Grid
	clarity float64
}

// sample reads a code of the given size, in any turn; no grid when there is none.
func (c *canvas) sample(a area, t tones, size int) reading {
	if !c.hasFinders(a, t, size) {
		return reading{}
	}
	g := &Grid{size: size, dark: make([]bool, size*size)}
	clarity := 0.0
	for y := range size {
		for x := range size {
			ink := c.module(a, t, size, x, y)
			g.dark[y*size+x] = ink >= 0.5
			clarity += math.Abs(ink - 0.5)
		}
	}
	for range 4 {
		if g.isCode() {
			return reading{g, clarity / float64(size*size)}
		}
		g = g.turned()
	}
	return reading{}
}

// hasFinders is a cheap first look: a cut through the finder patterns of at least three corners.
func (c *canvas) hasFinders(a area, t tones, size int) bool {
	found, far := 0, size-finder
	for _, corner := range [][2]int{{0, 0}, {far, 0}, {0, far}, {far, far}} {
		matches := true
		for i := range finder {
			matches = matches && (c.module(a, t, size, corner[0]+i, corner[1]+finder/2) >= 0.5) == inFinder(i, finder/2)
		}
		if matches {
			found++
		}
	}
	return found >= 3
}

// inFinder draws the finder pattern: a ring around a block.
func inFinder(x, y int) bool {
	ring := max(abs(x-finder/2), abs(y-finder/2))
	return ring != 2 && ring <= 3
}

func abs(n int) int { return max(n, -n) }

// isCode checks what every QR code has: three finder patterns within light separators, and the timing patterns.
func (g *Grid) isCode() bool {
	far := g.size - finder
	for y := -1; y <= finder; y++ {
		for x := -1; x <= finder; x++ {
			want := inFinder(x, y)
			if g.at(x, y) != want || g.at(far+x, y) != want || g.at(x, far+y) != want {
				return false
			}
		}
	}
	for i := finder + 1; i < far; i++ {
		if want := i%2 == 0; g.at(i, timing) != want || g.at(timing, i) != want {
			return false
		}
	}
	return true
}

// turned is the grid after a quarter turn.
func (g *Grid) turned() *Grid {
	t := &Grid{size: g.size, dark: make([]bool, len(g.dark))}
	for y := range g.size {
		for x := range g.size {
			t.dark[x*g.size+g.size-1-y] = g.dark[y*g.size+x]
		}
	}
	return t
}
