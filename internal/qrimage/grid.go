package qrimage

import (
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
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
// margin, dark on light or the reverse, in any of the four upright turns.
func Find(picture image.Image) (*Grid, error) {
	for _, background := range []color.Color{color.White, color.Black} {
		c := newCanvas(picture, background)
		if c.isFlat() {
			continue
		}
		for _, inverted := range []bool{false, true} {
			if g := c.find(inverted); g != nil {
				return g, nil
			}
		}
	}
	return nil, ErrNoGrid
}

// find tries every size on the area that holds all ink: the finder patterns touch three of its corners.
func (c *canvas) find(inverted bool) *Grid {
	for _, faintest := range []float64{0.5, 0.1} {
		ink := c.inked(inverted, faintest)
		for size := minSize; size <= maxSize && ink.width() > float64(size)-1; size += sizeStep {
			if g := c.sample(ink, size, inverted); g != nil {
				return g
			}
		}
	}
	return nil
}

// sample reads a code of the given size, in any turn; nil when there is none.
func (c *canvas) sample(ink area, size int, inverted bool) *Grid {
	g := &Grid{size: size, dark: make([]bool, size*size)}
	if !c.hasFinders(size, ink, inverted) {
		return nil
	}
	for y := range size {
		for x := range size {
			g.dark[y*size+x] = c.module(size, ink, x, y, inverted)
		}
	}
	for range 4 {
		if g.isCode() {
			return g
		}
		g = g.turned()
	}
	return nil
}

// area is a rectangle whose edges may lie within pixels.
type area struct{ left, top, right, bottom float64 }

func (a area) width() float64 { return a.right - a.left }

// inked is the smallest area around all ink that is at least so strong. Smoothing leaves a pixel at the edge as dark
// as much of it is covered, which tells where in the pixel the edge is.
func (c *canvas) inked(inverted bool, faintest float64) area {
	columns, rows := make([]float64, c.width), make([]float64, c.height)
	for y := range rows {
		for x := range columns {
			ink := c.ink(y*c.width+x, inverted)
			columns[x], rows[y] = max(columns[x], ink), max(rows[y], ink)
		}
	}
	left, right := edges(columns, faintest)
	top, bottom := edges(rows, faintest)
	return area{left, top, right, bottom}
}

// edges is where the ink begins and ends; the strongest ink of a column stands for its coverage.
func edges(ink []float64, faintest float64) (from, to float64) {
	first := slices.IndexFunc(ink, func(i float64) bool { return i >= faintest })
	if first < 0 {
		return 0, 0
	}
	last := len(ink) - 1
	for ink[last] < faintest {
		last--
	}
	return float64(first+1) - ink[first], float64(last) + ink[last]
}

// hasFinders is a cheap first look: a cut through the finder patterns of at least three corners.
func (c *canvas) hasFinders(size int, ink area, inverted bool) bool {
	found, far := 0, size-finder
	for _, corner := range [][2]int{{0, 0}, {far, 0}, {0, far}, {far, far}} {
		matches := true
		for i := range finder {
			matches = matches && c.module(size, ink, corner[0]+i, corner[1]+finder/2, inverted) == inFinder(i, finder/2)
		}
		if matches {
			found++
		}
	}
	return found >= 3
}

// module averages the middle of a module, where neither its neighbours nor smoothing reach.
func (c *canvas) module(size int, ink area, x, y int, inverted bool) bool {
	left, right := middle(ink.left, ink.right, size, x, c.width)
	top, bottom := middle(ink.top, ink.bottom, size, y, c.height)
	sum := 0.0
	for py := top; py < bottom; py++ {
		for px := left; px < right; px++ {
			sum += c.ink(py*c.width+px, inverted)
		}
	}
	return sum >= float64((right-left)*(bottom-top))/2
}

// middle is the pixels whose centres lie in the inner half of a module, or else the one in its centre.
func middle(from, to float64, size, i, limit int) (first, end int) {
	pitch := (to - from) / float64(size)
	start := from + float64(i)*pitch
	first = int(math.Ceil(start + pitch/4 - 0.5))
	end = int(math.Floor(start+pitch*3/4-0.5)) + 1
	if end <= first {
		first = int(start + pitch/2)
		end = first + 1
	}
	return min(first, limit-1), min(end, limit)
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
