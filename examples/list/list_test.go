package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestList_printsTable(t *testing.T) {
	t.Parallel()
	got := demotest.Exec(t, nil)
	assert.Equal(t, 0, got.Code)
	assert.Equal(t, `ID  NAME                PHONE            PAIRED       PACKAGE
1   "Customer Service"  "6200081234567"  "PAIRED"     "STARTUP240K"
2   "Sales"             ""               "UNPAIRED"   "STARTUP240K"
3   "Night shift"       "6200087654321"  "SUSPENDED"  "STARTUP240K"
`, got.Stdout)
	assert.Contains(t, got.Stderr, "a fake of the API")
}

func TestList_escapesControlCharacters(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.AddDevice(whatspie.Device{Name: "\x1b[2Jhello\r\n"})
	got := demotest.Exec(t, demotest.Account(srv))
	assert.Contains(t, got.Stdout, "[2Jhello")
	assert.NotContains(t, got.Stdout, "\x1b")
	assert.Empty(t, got.Stderr, "no notice with an account")
}

func TestList_reportsError(t *testing.T) {
	t.Parallel()
	got := demotest.Exec(t, []string{"WHATSPIE_API_TOKEN=t", "WHATSPIE_BASE_URL=http://example.com"})
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "whatspie: ")
}
