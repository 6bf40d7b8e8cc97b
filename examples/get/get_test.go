package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

func TestGet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"found":        {nil, 0, "Customer Service", "demo server"},
		"unknown":      {[]string{"-id", "99"}, 1, "", "The account has no such device"},
		"invalid":      {[]string{"-id", "0"}, 1, "", "device ID 0 is below 1"},
		"not a number": {[]string{"-id", "x"}, 2, "", "invalid value"},
		"help":         {[]string{"-h"}, 0, "", "ID of the device"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Run(t.Context(), t, run, demotest.Setting{}, test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Contains(t, got.Stdout, test.stdout)
			assert.Contains(t, got.Stderr, test.stderr)
		})
	}
}
