package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestGet(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	srv.AddDevice(whatspie.Device{ID: 7, Name: "Support"})
	account := demotest.Account(srv)
	const needsID = "get needs -id with a positive number, and takes no arguments."
	tests := map[string]struct {
		env            []string
		args           []string
		code           int
		stdout, stderr string
	}{
		"fake":               {nil, nil, 0, `name     "Customer Service"`, "a fake of the API"},
		"fake, -id":          {nil, []string{"-id", "2"}, 0, `name     "Sales"`, "a fake of the API"},
		"unknown device":     {nil, []string{"-id", "99"}, 1, "", "The account has no device 99."},
		"account, -id":       {account, []string{"-id", "7"}, 0, `name     "Support"`, ""},
		"account, no device": {account, nil, 2, "", needsID},
		"bad token":          {append(account, "WHATSPIE_API_TOKEN=x"), []string{"-id", "7"}, 1, "", "Unauthorized"},
		"negative":           {nil, []string{"-id", "-1"}, 2, "", needsID},
		"account, negative":  {account, []string{"-id", "-1"}, 2, "", needsID},
		"not a number":       {nil, []string{"-id", "x"}, 2, "", "invalid value"},
		"argument":           {nil, []string{"1"}, 2, "", needsID},
		"unknown flag":       {nil, []string{"-bogus"}, 2, "", "not defined: -bogus"},
		"help":               {nil, []string{"-h"}, 0, "", "get shows one device."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Exec(t, test.env, test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Contains(t, got.Stdout, test.stdout)
			assert.Contains(t, got.Stderr, test.stderr)
		})
	}
}
