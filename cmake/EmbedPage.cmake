# Writes OUTPUT, the definitions of lib/Report/PageTexts.h, from TEXTS: the files
# with the script and the style of the report page, or nothing.
if(TEXTS)
  list(GET TEXTS 0 script_file)
  list(GET TEXTS 1 style_file)
  file(READ ${script_file} script)
  file(READ ${style_file} style)
endif()
# What neither text has in it.
set(mark ONNX_SPLIT_PAGE)
string(CONCAT text
  "// Made by cmake/EmbedPage.cmake.\n"
  "#include \"PageTexts.h\"\n"
  "const llvm::StringRef onnx_split::PageScript(R\"${mark}(${script})${mark}\");\n"
  "const llvm::StringRef onnx_split::PageStyle(R\"${mark}(${style})${mark}\");\n")
file(WRITE ${OUTPUT} "${text}")
