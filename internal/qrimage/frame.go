package qrimage

import "math"

// point is a position in pixels, or a vector between two.
type point struct{ x, y float64 }

func (p point) plus(q point) point    { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) times(n float64) point { return point{p.x * n, p.y * n} }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }
func (p point) dot(q point) float64   { return p.x*q.x + p.y*q.y }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }

// frame maps modules to pixels: the top left corner, and the vectors to the next module to the right and below.
type frame struct{ origin, right, down point }

func (f frame) at(x, y float64) point {
	return f.origin.plus(f.right.times(x)).plus(f.down.times(y))
}

// pitch returns the smaller side of a module, in pixels.
func (f frame) pitch() float64 { return min(f.right.length(), f.down.length()) }

// turned returns the frame of the same area, rotated by 90 degrees.
func (f frame) turned(size int) frame {
	return frame{origin: f.at(float64(size), 0), right: f.down, down: f.right.times(-1)}
}

func (a area) frame(size int) frame {
	return frame{
		origin: point{a.left, a.top},
		right:  point{(a.right - a.left) / float64(size), 0},
		down:   point{0, (a.bottom - a.top) / float64(size)},
	}
}

// triple is three spots that may be the finder patterns of one code.
type triple struct {
	corner, right, below spot
	// across and down are the distances in modules, estimated from the size of the patterns.
	across, down float64
}

// triples returns every triple that could be the corners of a square or a stretched square.
func triples(spots []spot) []triple {
	var found []triple
	for i, corner := range spots {
		for j, right := range spots {
			for k, below := range spots {
				t := triple{corner: corner, right: right, below: below}
				if i != j && i != k && j != k && t.measure() {
					found = append(found, t)
				}
			}
		}
	}
	return found
}

// measure reports whether the sides are about equally long, at a right angle, and not mirrored.
func (t *triple) measure() bool {
	const skew, tolerance = 0.2, 0.2
	u, v := t.right.centre.minus(t.corner.centre), t.below.centre.minus(t.corner.centre)
	if u.cross(v) <= 0 || math.Abs(u.dot(v)) > skew*u.length()*v.length() {
		return false
	}
	t.across, t.down = modules(u, t.corner, t.right), modules(v, t.corner, t.below)
	return math.Abs(t.across-t.down) <= tolerance*max(t.across, t.down)
}

// modules converts a vector to modules. A row or column cuts a rotated pattern at an angle, so its module size is
// corrected by the same angle.
func modules(way point, a, b spot) float64 {
	if math.Abs(way.x) >= math.Abs(way.y) {
		return way.dot(way) / math.Abs(way.x) / ((a.pitchX + b.pitchX) / 2)
	}
	return way.dot(way) / math.Abs(way.y) / ((a.pitchY + b.pitchY) / 2)
}

// fits reports whether the distances match a code of this size.
func (t *triple) fits(size int) bool {
	const tolerance = 0.15
	apart := float64(size - finder)
	return math.Abs((t.across+t.down)/2-apart) <= tolerance*apart
}

// frame aligns the centres of the patterns with those of a code of this size.
func (t *triple) frame(size int) frame {
	f := frame{
		right: t.right.centre.minus(t.corner.centre).times(1 / float64(size-finder)),
		down:  t.below.centre.minus(t.corner.centre).times(1 / float64(size-finder)),
	}
	const middle = float64(finder) / 2
	f.origin = t.corner.centre.minus(f.right.times(middle)).minus(f.down.times(middle))
	return f
}
