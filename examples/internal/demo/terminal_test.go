package demo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line    string
		columns int
		want    string
	}{
		"fits":       {"abc", 4, "abc"},
		"cut":        {"abcd", 4, "abc"},
		"wide":       {"客户服务", 8, "客户服"},
		"wide, odd":  {"客户服务", 7, "客户服"},
		"combining":  {"e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301"},
		"no columns": {"abc", 0, ""},
	} {
		assert.Equal(t, test.want, demo.Cut(test.line, test.columns), name)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "客户\n服务 a\n", demo.Wrap("客户 服务 a", 8))
}
