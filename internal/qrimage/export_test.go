package qrimage

import "image"

// MaxSteps is the bound on the work of a search.
const MaxSteps = maxSteps

// Steps searches an image as Find does, and returns the work that it took.
func Steps(picture image.Image) (*Grid, int, error) {
	work := &budget{left: maxSteps}
	grid, err := search(picture, work)
	return grid, maxSteps - work.left, err
}
