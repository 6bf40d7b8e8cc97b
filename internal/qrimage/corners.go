package qrimage

import "math"

// corners are three finder patterns that may belong to one code, which has them in all corners but the bottom right.
// Their distances tell the size of the code, and their positions the transform from modules to pixels.
type corners struct {
	topLeft, topRight, bottomLeft finderPattern
	// across and down are the distances of the centers in modules, estimated from the size of the patterns.
	across, down float64
}

// allCorners returns every choice of three patterns at the corners of a square or a stretched square.
func allCorners(patterns []finderPattern) []corners {
	var found []corners
	for i, topLeft := range patterns {
		for j, topRight := range patterns {
			for k, bottomLeft := range patterns {
				c := corners{topLeft: topLeft, topRight: topRight, bottomLeft: bottomLeft}
				if i != j && i != k && j != k && c.measure() {
					found = append(found, c)
				}
			}
		}
	}
	return found
}

// measure sets the distances. It reports whether they are about equal, at a right angle, and not mirrored.
func (c *corners) measure() bool {
	const maxSkew, tolerance = 0.2, 0.2
	right, down := c.topRight.center.minus(c.topLeft.center), c.bottomLeft.center.minus(c.topLeft.center)
	if right.cross(down) <= 0 || math.Abs(right.dot(down)) > maxSkew*right.length()*down.length() {
		return false
	}
	c.across, c.down = inModules(right, c.topLeft, c.topRight), inModules(down, c.topLeft, c.bottomLeft)
	return math.Abs(c.across-c.down) <= tolerance*max(c.across, c.down)
}

// inModules converts the vector between two patterns to a distance in modules. A row or column of pixels crosses a
// rotated pattern at an angle, so the module size measured along it is corrected by the same angle.
func inModules(v point, a, b finderPattern) float64 {
	if math.Abs(v.x) >= math.Abs(v.y) {
		return v.dot(v) / math.Abs(v.x) / ((a.moduleWidth + b.moduleWidth) / 2)
	}
	return v.dot(v) / math.Abs(v.y) / ((a.moduleHeight + b.moduleHeight) / 2)
}

// matchesSize reports whether the distances match a code of this size.
func (c *corners) matchesSize(size int) bool {
	const tolerance = 0.15
	want := float64(size - finderSize)
	return math.Abs((c.across+c.down)/2-want) <= tolerance*want
}

// transform aligns the centers of the patterns with those of a code of this size.
func (c *corners) transform(size int) transform {
	t := transform{
		right: c.topRight.center.minus(c.topLeft.center).times(1 / float64(size-finderSize)),
		down:  c.bottomLeft.center.minus(c.topLeft.center).times(1 / float64(size-finderSize)),
	}
	const middle = float64(finderSize) / 2
	t.origin = c.topLeft.center.minus(t.right.times(middle)).minus(t.down.times(middle))
	return t
}
