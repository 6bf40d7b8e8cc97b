package whatspietest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestFault_Validate(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		require.NoError(t, whatspietest.Fault{Method: method, Path: "/devices/*", Status: 999}.Validate(), method)
	}
	for text, fault := range map[string]whatspietest.Fault{
		`method "pots" is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS`: {Method: "pots"},
		`method "post" is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS`: {Method: "post"},
		`path "devices" does not start with a slash`:                            {Path: "devices"},
		`path "*" does not start with a slash`:                                  {Path: "*"},
		`path "/[": syntax error in pattern`:                                    {Path: "/["},
		"status 99 is not between 200 and 999":                                  {Status: 99},
	} {
		require.EqualError(t, fault.Validate(), text)
	}
}

func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]func(){
		"whatspietest: WithToken: the token is empty":                func() { whatspietest.WithToken("") },
		"whatspietest: WithQRLifetime: 0s is not positive":           func() { whatspietest.WithQRLifetime(0) },
		"whatspietest: WithQRLifetime: -1ns is not positive":         func() { whatspietest.WithQRLifetime(-1) },
		"whatspietest: WithCreateResponse: no such form":             func() { whatspietest.WithCreateResponse(99) },
		`whatspietest: Inject: status 99 is not between 200 and 999`: inject(whatspietest.Fault{Status: 99}),
		`whatspietest: Inject: path "/[": syntax error in pattern`:   inject(whatspietest.Fault{Path: "/["}),
	}
	for text, invalid := range tests {
		assert.PanicsWithValue(t, text, invalid)
	}
}

func inject(f whatspietest.Fault) func() {
	return func() { whatspietest.NewServer(whatspietest.WithoutSocket()).Inject(f) }
}
