package qrimage

import (
	"errors"
	"image"
	"image/color"
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
		if c.flat {
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
	ink := c.inked(inverted)
	for size := minSize; size <= maxSize; size += sizeStep {
		if ink.Dx() < size || ink.Dy() < size {
			return nil
		}
		g := &Grid{size: size}
		if !c.hasFinders(g, ink, inverted) {
			continue
		}
		g.dark = make([]bool, size*size)
		for y := range size {
			for x := range size {
				g.dark[y*size+x] = c.module(g, ink, x, y, inverted)
			}
		}
		for range 4 {
			if g.isCode() {
				return g
			}
			g = g.turned()
		}
	}
	return nil
}

// inked is the smallest rectangle around all ink.
func (c *canvas) inked(inverted bool) image.Rectangle {
	var ink image.Rectangle
	for y := range c.height {
		row := c.pixels[y*c.width : (y+1)*c.width]
		first, last := -1, -1
		for x, light := range row {
			if (light < c.threshold) != inverted {
				if first < 0 {
					first = x
				}
				last = x
			}
		}
		if first >= 0 {
			ink = ink.Union(image.Rect(first, y, last+1, y+1))
		}
	}
	return ink
}

// hasFinders is a cheap first look: a ring of ink in at least three corners, empty inside.
func (c *canvas) hasFinders(g *Grid, ink image.Rectangle, inverted bool) bool {
	found := 0
	for _, corner := range [][2]int{{0, 0}, {g.size - finder, 0}, {0, g.size - finder}, {g.size - finder, g.size - finder}} {
		matches := true
		for i := range finder {
			mid := corner[1] + finder/2
			matches = matches && c.module(g, ink, corner[0]+i, mid, inverted) == inFinder(i, finder/2)
		}
		if matches {
			found++
		}
	}
	return found >= 3
}

// module averages the middle of a module, where neither its neighbours nor smoothing reach.
func (c *canvas) module(g *Grid, ink image.Rectangle, x, y int, inverted bool) bool {
	left, right := middle(ink.Min.X, ink.Dx(), g.size, x)
	top, bottom := middle(ink.Min.Y, ink.Dy(), g.size, y)
	sum := 0
	for py := top; py < bottom; py++ {
		for _, light := range c.pixels[py*c.width+left : py*c.width+right] {
			sum += int(light)
		}
	}
	return (sum < int(c.threshold)*(right-left)*(bottom-top)) != inverted
}

// middle is the pixels that lie in the inner half of a module, at least one.
func middle(start, length, size, i int) (from, to int) {
	const quarters = 4
	from = start + (quarters*i+1)*length/(quarters*size)
	to = start + (quarters*i+quarters-1)*length/(quarters*size)
	if to <= from {
		from = start + (2*i+1)*length/(2*size)
		to = from + 1
	}
	return from, to
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
