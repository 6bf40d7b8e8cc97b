package qrimage

// maxSteps limits one search to well below a second. A step is one pixel read, or equivalent work; the hardest codes
// need half of the budget.
const maxSteps = 100_000_000

// budget bounds the work on one image, whatever it contains.
type budget struct{ left int }

func (b *budget) spend(steps int) { b.left -= steps }

func (b *budget) isSpent() bool { return b.left < 0 }
