package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

func TestObserve(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Environment{})
	assert.Equal(t, 0, got.Code)
	assert.Contains(t, got.Stderr, `msg="whatspie: retry"`)
	assert.Contains(t, got.Stderr, `msg="whatspie: attempt"`)
	assert.Equal(t, 2, strings.Count(got.Stdout, `"GET /devices"`), "one span per attempt")
	assert.Contains(t, got.Stdout, `"GET /devices/{id}"`, "the span name has no ID")
	assert.Contains(t, got.Stdout, `"read devices"`)
	assert.Regexp(t, `duration=[0-9.]+[mµn]?s `, got.Stderr, "duration with unit")
	assert.Regexp(t, `span [0-9a-f]{16} "read devices", root: ok\n`, got.Stdout)
	assert.Regexp(t, `span [0-9a-f]{16} "GET /devices", child of [0-9a-f]{16}: error\n`, got.Stdout, "the fake fails once")
	assert.Regexp(t, `span [0-9a-f]{16} "GET /devices/\{id}", child of [0-9a-f]{16}: ok\n`, got.Stdout)
	assert.NotContains(t, got.Stdout+got.Stderr, "Bearer")
}
