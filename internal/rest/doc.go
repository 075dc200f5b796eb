// Package rest is a small framework of typed operations over net/http. An
// [Operation] declares its method, path, scopes and limits once, and the fields
// of its input type declare its parameters and body. [New] derives routing, 405
// responses with Allow, binding and strict JSON decoding from these
// declarations, and [Document] derives the OpenAPI document.
//
// # Input types
//
// The input of an operation is a struct. These tags and types declare what a
// field holds:
//
//	ID    assets.ID  `path:"asset_id"`        // {asset_id} of the path
//	Limit int        `query:"limit" min:"1"`  // a whole number with a minimum
//	Types []Type     `query:"type"`           // may be repeated, at most 200 times
//	Match Revisions  `header:"If-Match"`      // a TextUnmarshaler
//	Body  NewThing                            // the JSON body; the field has this name
//	File  *Upload                             // the body may be multipart; needs Body too
//	Raw   *Content                            // the body is of any media type; excludes Body
//
// A parameter is an int, a string type, an [assets.ID], an [assets.Selector], an
// [encoding.TextUnmarshaler], or a slice of one of them. A parameter that is not
// sent leaves its field at the zero value; an empty one is refused.
//
// The json tags of a body are its members. A member is refused if it is unknown
// or given twice, or if the case of its name differs. Further tags change how a
// member is read:
//
//	min:"1"     the least value of a whole number
//	blank:"ok"  an empty string is accepted; otherwise it is too short
//	null:"no"   null is refused; otherwise it means that the member is absent
//	lone:"ok"   a string is accepted in place of a list of one string
//	missing:"…" what [Decode] reports if a required member is not given
//
// A field of type [Member] distinguishes absent, null and a value, as a merge
// patch needs.
//
// An input type may have two methods. Complete is called after binding and
// derives fields from others. Validate returns field errors; it is called only
// if binding found problems, so that the response lists all of them together.
// If the input has no Validate, that of its body is called. The operation itself
// validates whatever else is wrong.
//
// # Examples
//
// The Requests and the Response of an operation are examples for the document.
// Those of requests are JSON as a client writes it, those of responses are values
// of the type that the operation returns.
//
// # Order of checks
//
// A request is checked in this order. The first step that fails ends it:
//
//  1. path (404) and method (405)
//  2. cross-origin protection of requests without Authorization (403)
//  3. credential (401)
//  4. kind, then scope (403)
//  5. query syntax (400), then Content-Encoding and Content-Type (415), size
//     (413) and syntax (400) of the body
//  6. parameters and members: all problems together (422)
//  7. the operation
//
// An operation without Scopes is public: steps 2 to 4 do not apply. With
// AnyCredential only step 4 does not.
//
// The example of the package shows one operation, its requests and responses.
package rest
