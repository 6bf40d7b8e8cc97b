package pairweb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
)

// A page counts in milliseconds: of a code with less than one left, it would not know the end.
func TestATabThatOpensInTheLastMillisecondGetsNoCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, whatspie.Device{})
		first := h.open(t, "/events")
		time.Sleep(59_500*time.Millisecond - time.Microsecond)
		late := h.open(t, "/events")
		assert.Equal(t, "waiting", late.latest().Kind)
		first.close()
		late.close()
	})
}
