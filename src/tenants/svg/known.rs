//! What may stand in a picture: elements, attributes, style properties, functions of values; and what editors add for
//! themselves.

/// What editors keep for themselves: taken off, whatever it is.
const EDITORS: [&str; 17] = [
    "http://ns.adobe.com/",
    "http://sodipodi.sourceforge.net/",
    "http://www.inkscape.org/namespaces/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.bohemiancoding.com/sketch/ns",
    "http://www.serif.com/",
    "http://svgjs.com/svgjs",
    "http://svgjs.dev/svgjs",
    "http://vectornator.io",
    "https://boxy-svg.com",
    "http://www.figma.com/figma/ns",
    "http://www.corel.com/coreldraw/",
    "http://www.gimp.org/",
    "http://xml.openoffice.org/",
];

/// Elements that draw, or that others draw by.
const ELEMENTS: [&str; 49] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "switch",
    "title",
    "desc",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "textPath",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "feTile",
    "feTurbulence",
    "feDisplacementMap",
    "feDiffuseLighting",
    "feSpecularLighting",
    "feDistantLight",
    "fePointLight",
];

/// Attributes beside the style properties.
const ATTRIBUTES: [&str; 82] = [
    "id",
    "class",
    "lang",
    "role",
    "version",
    "baseProfile",
    "viewBox",
    "preserveAspectRatio",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "fr",
    "dx",
    "dy",
    "width",
    "height",
    "d",
    "points",
    "transform",
    "pathLength",
    "rotate",
    "textLength",
    "lengthAdjust",
    "startOffset",
    "method",
    "spacing",
    "side",
    "offset",
    "gradientUnits",
    "gradientTransform",
    "spreadMethod",
    "clipPathUnits",
    "maskUnits",
    "maskContentUnits",
    "patternUnits",
    "patternContentUnits",
    "patternTransform",
    "markerUnits",
    "markerWidth",
    "markerHeight",
    "refX",
    "refY",
    "orient",
    "filterUnits",
    "primitiveUnits",
    "in",
    "in2",
    "result",
    "mode",
    "type",
    "values",
    "operator",
    "k1",
    "k2",
    "k3",
    "k4",
    "radius",
    "stdDeviation",
    "edgeMode",
    "tableValues",
    "slope",
    "intercept",
    "amplitude",
    "exponent",
    "baseFrequency",
    "numOctaves",
    "seed",
    "stitchTiles",
    "scale",
    "surfaceScale",
    "systemLanguage",
    "azimuth",
];

/// Style properties, as attributes and in style sheets.
const PROPERTIES: [&str; 41] = [
    "fill",
    "stroke",
    "opacity",
    "color",
    "display",
    "visibility",
    "overflow",
    "clip",
    "clip-path",
    "clip-rule",
    "mask",
    "mask-type",
    "filter",
    "marker",
    "stop-color",
    "stop-opacity",
    "flood-color",
    "flood-opacity",
    "lighting-color",
    "shape-rendering",
    "image-rendering",
    "font",
    "letter-spacing",
    "word-spacing",
    "line-height",
    "dominant-baseline",
    "alignment-baseline",
    "baseline-shift",
    "writing-mode",
    "direction",
    "unicode-bidi",
    "kerning",
    "paint-order",
    "vector-effect",
    "mix-blend-mode",
    "isolation",
    "enable-background",
    "pointer-events",
    "transform",
    "transform-origin",
    "white-space",
];

/// Families of style properties.
const FAMILIES: [&str; 6] = ["fill-", "stroke-", "marker-", "font-", "text-", "color-"];

/// Functions of values; of `url( )` only what leads into the picture itself.
const FUNCTIONS: [&str; 12] = [
    "rgb",
    "rgba",
    "hsl",
    "hsla",
    "matrix",
    "translate",
    "translatex",
    "translatey",
    "scale",
    "rotate",
    "skewx",
    "skewy",
];

/// Whether a namespace is an editor's own.
pub(super) fn is_an_editors(space: &str) -> bool {
    EDITORS.iter().any(|editor| space.starts_with(editor))
}

/// Whether an element draws, or others draw by it.
pub(super) fn is_element(name: &str) -> bool {
    ELEMENTS.contains(&name)
}

/// Whether an attribute may stand in a picture.
pub(super) fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.contains(&name)
}

/// Whether a style property may stand in a picture.
pub(super) fn is_property(name: &str) -> bool {
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    is_plain && (PROPERTIES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family)))
}

/// Whether a function of a value is known.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Whether an attribute belongs to filters that light or displace.
pub(super) fn is_of_lighting(name: &str) -> bool {
    matches!(
        name,
        "elevation"
            | "z"
            | "diffuseConstant"
            | "specularConstant"
            | "specularExponent"
            | "kernelUnitLength"
            | "xChannelSelector"
            | "yChannelSelector"
    )
}
