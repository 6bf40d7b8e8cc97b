// Package callback_test tests calls of the client into the caller's code.
package callback_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
