package qrimage

import "math"

// thresholds returns the brightness below which a pixel is dark: Otsu's threshold, and those of the two groups that it
// separates, because a code on a card needs another threshold than the page around it.
func (g *grayImage) thresholds() []uint8 {
	g.work.spend(len(g.pixels))
	var h histogram
	for _, value := range g.pixels {
		h[value]++
	}
	middle := h.threshold(0, len(h))
	return []uint8{uint8(middle & 0xff), uint8(h.threshold(0, middle) & 0xff), uint8(h.threshold(middle, len(h)) & 0xff)}
}

// histogram counts pixels by brightness.
type histogram [math.MaxUint8 + 1]float64

// threshold returns the brightness that best separates the pixels of a range: the one with the largest variance between
// both groups (Otsu's method).
func (h *histogram) threshold(from, to int) int {
	count, sum := 0.0, 0.0
	for i := from; i < to; i++ {
		count += h[i]
		sum += h[i] * float64(i)
	}
	best, countBelow, sumBelow, threshold := 0.0, 0.0, 0.0, from
	for i := from; i < to; i++ {
		countBelow += h[i]
		sumBelow += h[i] * float64(i)
		if countBelow == 0 || countBelow == count {
			continue
		}
		difference := sumBelow/countBelow - (sum-sumBelow)/(count-countBelow)
		if variance := countBelow * (count - countBelow) * difference * difference; variance > best {
			best, threshold = variance, i+1
		}
	}
	return threshold
}
