package whatspie_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
)

func TestPackages(t *testing.T) {
	t.Parallel()
	want := []whatspie.Package{
		{ID: 1, Code: "BETA", Name: "Beta Tester"},
		{ID: 2, Code: "STARTER60K", Name: "Starter"},
		{ID: 3, Code: "STARTUP240K", Name: "Startup"},
		{ID: 4, Code: "BUSINESS", Name: "Business"},
	}
	first := whatspie.Packages()
	assert.Equal(t, want, first)
	first[0].Code = "changed"
	assert.Equal(t, want, whatspie.Packages(), "the caller owns the slice")
	for _, plan := range want {
		found, known := whatspie.LookupPackage(plan.Code)
		assert.True(t, known)
		assert.Equal(t, plan, found)
	}
	for _, code := range []whatspie.PackageCode{"", "beta", "STARTUP60K", " BETA"} {
		found, known := whatspie.LookupPackage(code)
		assert.False(t, known, code)
		assert.Zero(t, found)
	}
}
