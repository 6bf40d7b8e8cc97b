package demo_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// The error does not say whether there were codes.
func TestExplain_codesExhausted(t *testing.T) {
	t.Parallel()
	got := demo.Explain(fmt.Errorf("%w after 0", whatspie.ErrQRCodesExhausted))
	assert.Contains(t, got, "No phone was connected: no code was scanned, or the API had none.")
}
