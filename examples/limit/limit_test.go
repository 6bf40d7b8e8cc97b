package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Environment{}, "-rate", "1000", "-calls", "3")
	assert.Equal(t, 0, got.Code)
	assert.Contains(t, got.Stdout, "call 3: 3 devices")

	for _, args := range [][]string{{"-rate", "x"}, {"-rate", "0"}, {"-rate", "-1"}, {"-rate", "NaN"}, {"-calls", "-1"}} {
		got = demotest.Run(t.Context(), t, run, demotest.Environment{}, args...)
		assert.Equal(t, 2, got.Code, args)
	}
}
