// Package destination_test tests that requests, and the token with them, reach only the server and the path that they are meant for.
package destination_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
